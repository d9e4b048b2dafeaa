// Package reg carries a plan as .reg files for regedit and reg import.
package reg

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/cmd"
	"tlsready/internal/regdata"
	"tlsready/internal/regtext"
)

// Format is the registry file as --as takes it.
func Format() recipe.Format {
	return recipe.Format{Name: "reg", Extensions: []string{".reg"}, Write: write, WriteAll: cmd.WriteAll, Read: read, Lint: lint}
}

// write gives apply.reg, undo.reg, and verify.cmd, since a .reg file can check
// nothing.
func write(p recipe.Plan, w *message.Catalog) ([]recipe.File, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	var files []recipe.File
	for _, r := range []recipe.Role{recipe.Apply, recipe.Undo} {
		data, err := contents(p, r, w)
		if err != nil {
			return nil, err
		}
		files = append(files, recipe.File{Name: string(r) + ".reg", Data: data})
	}
	verify, err := cmd.File(p, recipe.Verify, w)
	return append(files, verify), err
}

// contents lets regtext write the changes and adds comments: the head below the
// first line, which regedit wants alone at the top, and a tag above each value.
func contents(p recipe.Plan, r recipe.Role, w *message.Catalog) ([]byte, error) {
	changes := byKey(r.Changes(p))
	var raw bytes.Buffer
	if err := regtext.Write(&raw, changes); err != nil {
		return nil, err
	}
	var b strings.Builder
	n := 0
	for i, line := range strings.SplitAfter(regdata.Text(raw.Bytes()), "\r\n") {
		if strings.HasPrefix(line, `"`) || strings.HasPrefix(line, "@") {
			b.WriteString("; " + recipe.OneLine(recipe.Tag(changes[n], w)) + "\r\n")
			n++
		}
		b.WriteString(line)
		if i == 0 {
			b.WriteString("\r\n")
			for _, h := range recipe.Head(p, r, w) {
				b.WriteString("; " + recipe.OneLine(h) + "\r\n")
			}
		}
	}
	if n != len(changes) {
		return nil, fmt.Errorf("%d of %d values have a line of their own", n, len(changes))
	}
	return regdata.UTF16(b.String()), nil
}

// byKey brings the values of one key together, keys in the order in which they
// first appear, as a .reg file has them.
func byKey(changes []host.Change) []host.Change {
	first := map[string]int{}
	for i, c := range changes {
		if _, ok := first[strings.ToLower(c.Key)]; !ok {
			first[strings.ToLower(c.Key)] = i
		}
	}
	sorted := slices.Clone(changes)
	slices.SortStableFunc(sorted, func(a, b host.Change) int {
		return first[strings.ToLower(a.Key)] - first[strings.ToLower(b.Key)]
	})
	return sorted
}
