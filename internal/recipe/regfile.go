package recipe

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regdata"
	"tlsready/internal/regtext"
)

// writeReg writes apply.reg, undo.reg, and verify.cmd, since a .reg file can
// check nothing.
func writeReg(p Plan, w *message.Catalog) ([]File, error) {
	if err := ready(p); err != nil {
		return nil, err
	}
	var files []File
	for _, r := range []role{roleApply, roleUndo} {
		data, err := regFile(p, r, w)
		if err != nil {
			return nil, err
		}
		files = append(files, File{string(r) + ".reg", data})
	}
	verify, err := cmdFile(p, roleVerify, w)
	if err != nil {
		return nil, err
	}
	return append(files, File{"verify.cmd", verify}), nil
}

// ready is what every writer asks for first.
func ready(p Plan) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("plan %s: %w", p.What, err)
	}
	return nil
}

// regFile lets regtext write the changes and adds comments: the head below the
// first line, which regedit wants alone at the top, and a tag above each value.
func regFile(p Plan, r role, w *message.Catalog) ([]byte, error) {
	changes := byKey(r.changes(p))
	var raw bytes.Buffer
	if err := regtext.Write(&raw, changes); err != nil {
		return nil, err
	}
	var b strings.Builder
	n := 0
	for i, line := range strings.SplitAfter(regdata.Text(raw.Bytes()), "\r\n") {
		if strings.HasPrefix(line, `"`) || strings.HasPrefix(line, "@") {
			b.WriteString("; " + oneLine(tag(changes[n], w)) + "\r\n")
			n++
		}
		b.WriteString(line)
		if i == 0 {
			b.WriteString("\r\n")
			for _, h := range head(p, r, w) {
				b.WriteString("; " + oneLine(h) + "\r\n")
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
