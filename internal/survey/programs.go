package survey

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/assess"
	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/program"
	"tlsready/internal/stack"
)

// UnreadProgram is the error of a program, or a folder of programs, that was named
// itself and cannot be read: a [Mistake], unless the context has ended.
func UnreadProgram(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &Mistake{Err: &message.Problem{What: message.CauseOf(err), Hint: message.New("survey.hint.program-unread"), Err: err}}
}

// ProgramRows reads programs and says which callers they are. A file that was named
// itself and cannot be read ends the run; one in a folder has its error in its row.
// The texts are English: they stand in JSON.
func ProgramRows(ctx context.Context, paths []string, warn func(message.Text)) ([]document.Program, error) {
	english := message.For("en")
	rows := []document.Program{}
	for f, err := range program.Walk(ctx, paths) {
		if err != nil {
			if slices.Contains(paths, f.Path) || ctx.Err() != nil {
				return nil, UnreadProgram(ctx, err)
			}
			warn(message.CauseOf(err))
			rows = append(rows, document.Program{Path: filepath.ToSlash(f.Path), Error: err.Error()})
			continue
		}
		row := document.Program{Path: filepath.ToSlash(f.Path), Caller: f.Caller, Also: f.Also, OnX86: f.OnX86, Target: f.Target, Switches: f.Switches, Proxy: f.Proxy}
		for _, r := range f.Why {
			row.Why = append(row.Why, document.ProgramReason{Code: r.Code, Args: r.Args, Text: english.Render(assess.ReasonText(r.Code, r.Args))})
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// programUse is one program that is a caller: on every system, or, for a program
// of the system's own bitness, on 32-bit Windows alone.
type programUse struct {
	path    string
	onlyX86 bool
	proxy   string // what its own configuration says about one, or ""
	unclear []program.Reason
}

// Programs gives the callers that the programs in a file or folder are, in the order
// of the ids: each id once for the programs that are certain and once for those of
// which something was not understood. Their names list the programs. Files that cannot
// be read are warnings; that there is no program is a [Mistake].
func Programs(ctx context.Context, dir string, warn func(message.Text)) ([]*caller.Caller, error) {
	type group struct {
		id      string
		unclear bool
	}
	programs := map[group][]programUse{}
	for f, err := range program.Walk(ctx, []string{dir}) {
		if err != nil {
			if f.Path == dir || ctx.Err() != nil {
				return nil, UnreadProgram(ctx, err)
			}
			warn(message.CauseOf(err))
			continue
		}
		add := func(id string, onlyX86 bool) {
			g := group{id, len(f.Unclear) > 0}
			programs[g] = append(programs[g], programUse{f.Path, onlyX86, f.Proxy, f.Unclear})
		}
		for _, id := range f.Callers() {
			add(id, false)
		}
		for _, id := range f.OnX86 {
			add(id, true)
		}
	}
	if len(programs) == 0 {
		return nil, mistake("no-programs", message.Str("path", dir))
	}
	var list []*caller.Caller
	order := func(a, b group) int {
		return cmp.Or(cmp.Compare(a.id, b.id), len(programs[a][0].unclear)-len(programs[b][0].unclear))
	}
	for _, g := range slices.SortedFunc(maps.Keys(programs), order) {
		c, err := callerOfPrograms(g.id, dir, programs[g])
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// callerOfPrograms is the caller of an id with the names of the programs that are
// it.
func callerOfPrograms(id, dir string, uses []programUse) (*caller.Caller, error) {
	c, ok, err := caller.ByID(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the program reader gave the id %q, which is no caller", id)
	}
	named := *c
	named.Name = programNames(dir, uses)
	for _, u := range uses {
		named.Files = append(named.Files, programNames(dir, []programUse{{path: u.path}})["en"])
	}
	if len(uses) == 1 {
		named = *named.At(windowsPath(uses[0].path))
	}
	named.Unclear = doubts(dir, uses)
	named.Proxies, named.AllProxied = map[string]string{}, true
	for _, u := range uses {
		if u.proxy == "" {
			named.AllProxied = false
		} else {
			file := programNames(dir, []programUse{{path: u.path}})["en"]
			if !strings.HasSuffix(strings.ToLower(file), ".config") {
				file += ".config"
			}
			named.Proxies[file] = u.proxy
		}
	}
	if !slices.ContainsFunc(uses, func(u programUse) bool { return !u.onlyX86 }) {
		named.Stacks = slices.Clone(named.Stacks)
		for i := range named.Stacks {
			named.Stacks[i].OnlyX86 = true
		}
	}
	return &named, nil
}

// maxDoubts is how many places that were not understood one caller names.
const maxDoubts = 5

// doubts are the places in programs on which their versions may hang without being
// certain.
func doubts(dir string, uses []programUse) []stack.Fired {
	var list []stack.Fired
	for _, u := range uses {
		name := programNames(dir, []programUse{{path: u.path}})["en"]
		for _, reason := range u.unclear {
			if len(list) == maxDoubts {
				return list
			}
			list = append(list, stack.Fired{
				Rule:     "program-unclear",
				Args:     []message.Arg{message.Str("file", name), message.Sub("what", assess.ReasonText(reason.Code, reason.Args))},
				Evidence: []stack.Evidence{{Key: name, Name: "line " + reason.Args["line"], State: host.NotAsked}},
			})
		}
	}
	return list
}

// programNames lists programs by their paths below the folder. If others are that caller
// on every system, a program that is so only on 32-bit Windows is marked as such.
func programNames(dir string, uses []programUse) map[string]string {
	mixed := slices.ContainsFunc(uses, func(u programUse) bool { return u.onlyX86 != uses[0].onlyX86 })
	names := map[string]string{}
	for _, lang := range message.Languages() {
		list := make([]string, len(uses))
		for i, u := range uses {
			list[i] = filepath.Base(u.path)
			if below, err := filepath.Rel(dir, u.path); err == nil && below != "." {
				list[i] = filepath.ToSlash(below)
			}
			if mixed && u.onlyX86 {
				list[i] = message.For(lang).Text("program.name-on-x86", message.Str("name", list[i]))
			}
		}
		names[lang] = strings.Join(list, ", ")
	}
	return names
}

// windowsPath is the full path of a program if it is a Windows program: the name under
// which per-program registry values are kept.
func windowsPath(path string) string {
	full, err := filepath.Abs(path)
	if err != nil || os.PathSeparator != '\\' || !strings.HasSuffix(strings.ToLower(full), ".exe") {
		return ""
	}
	return full
}
