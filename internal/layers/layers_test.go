package layers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// order is the order of the rooms: each group may import the groups above it, but nothing
// in its own group and nothing below. A name ending in /... means a room and all its
// subfolders.
func order() [][]string {
	return [][]string{
		{"tlsready"},
		{"message"},
		{"strictyaml", "stencil"},
		{"wire", "explain", "proxy", "script", "spelling"},
		{"starttls", "term"},
		{"host"},
		{"regdata"},
		{"regtext", "hive", "registry", "regexe"},
		{"winver"},
		{"stack"},
		{"service", "policy"},
		{"caller"},
		{"verdict"},
		{"fix"},
		{"recipe", "decide"},
		{"document"},
		{"assess", "endpoint", "fleet"},
		{"report"},
		{"store"},
		{"jobs"},
		{"console"},
		{"page"},
		{"cli"},
		{"cmd"},
	}
}

// sideRooms stand outside the order: each may import the rooms of the order up
// to and including the one that it names, its own subfolders, and the side rooms
// that it names.
func sideRooms() map[string]sideRoom {
	return map[string]sideRoom{
		"syserror":    {upTo: "message"},
		"userfile":    {upTo: "message"},
		"source":      {upTo: "stack", sides: []string{"userfile"}},
		"probe":       {upTo: "stack"},
		"observe":     {upTo: "stack"},
		"fingerprint": {upTo: "stack"},
		"program":     {upTo: "stack", sides: []string{"userfile"}},
		"apply":       {upTo: "recipe"},
		"survey":      {upTo: "endpoint", sides: []string{"source", "observe", "fingerprint", "clients", "gate", "probe", "program", "apply", "syserror", "userfile"}},
		"clients":     {upTo: "endpoint", sides: []string{"observe", "fingerprint"}},
		"gate":        {upTo: "endpoint", sides: []string{"probe", "observe", "fingerprint"}},
		"rehearse":    {upTo: "endpoint", sides: []string{"observe", "fingerprint", "clients", "userfile"}},
		"ianagen":     {upTo: "tlsready"},
		"examples":    {upTo: "tlsready"},
		"term/tty":    {upTo: "document", only: []string{"cli", "cmd"}},
	}
}

type sideRoom struct {
	upTo  string
	sides []string
	only  []string // the rooms that may import it; nil: the joiners
}

// joiners are the rooms of the order that may import every side room.
func joiners() []string { return []string{"jobs", "console", "page", "cli", "cmd"} }

// free rooms may import anything: they are for tests, and nothing may import
// them but tests.
func free() []string { return []string{"testkit", "layers", "test", "docs"} }

// pureUpTo is the last room of the order without I/O, clock or environment.
const pureUpTo = "endpoint"

// impure are the packages that bring I/O. (Of "time", the clock is looked for in
// the source, see TestNoClockInPureRooms.)
func impure() []string { return []string{"net", "net/http", "os", "os/exec", "syscall"} }

// drivers begin the import paths of database drivers, which store and jobs alone
// may import.
func drivers() []string {
	return []string{"database/sql", "modernc.org/sqlite", "github.com/jackc/pgx", "github.com/riverqueue/river"}
}

// pkg is what "go list -json" says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
}

// room is the room of an import path: "internal/source/live" is in "source",
// the root package in "tlsready"; "" for a package of somebody else.
func room(path string) string {
	rest, ours := strings.CutPrefix(path, "tlsready/")
	if path == "tlsready" {
		return path
	}
	if !ours {
		return ""
	}
	rest = strings.TrimPrefix(rest, "internal/")
	if _, own := sideRooms()[rest]; own {
		return rest
	}
	first, _, _ := strings.Cut(rest, "/")
	return first
}

func rank(name string) int {
	return slices.IndexFunc(order(), func(group []string) bool { return slices.Contains(group, name) })
}

// violations says what in the packages goes against the order.
func violations(packages []pkg) []string {
	var found []string
	for _, p := range packages {
		from := room(p.ImportPath)
		if slices.Contains(free(), from) || isContractSuite(p.ImportPath) {
			continue
		}
		if _, side := sideRooms()[from]; !side && rank(from) < 0 {
			found = append(found, fmt.Sprintf("%s is a room that the order does not know", p.ImportPath))
			continue
		}
		for _, imported := range p.Imports {
			if why := forbidden(from, imported); why != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", p.ImportPath, imported, why))
			}
		}
	}
	slices.Sort(found)
	return found
}

// isContractSuite says whether the package is <package>/<package>test.
func isContractSuite(path string) bool {
	parts := strings.Split(path, "/")
	return len(parts) > 1 && parts[len(parts)-1] == parts[len(parts)-2]+"test"
}

// forbidden says why a room may not import a package, or "" if it may.
func forbidden(from, imported string) string {
	to := room(imported)
	if to == "" {
		return forbiddenOutside(from, imported)
	}
	if slices.Contains(free(), to) || isContractSuite(imported) {
		return "it is for tests"
	}
	if to == from {
		return ""
	}
	limit := rank(from) // exclusive
	side, isSide := sideRooms()[from]
	if isSide {
		limit = rank(side.upTo) + 1
	}
	if target, toSide := sideRooms()[to]; toSide {
		if target.only != nil && !slices.Contains(target.only, from) {
			return "it is the terminal, which is for cli alone"
		}
		if slices.Contains(side.sides, to) || slices.Contains(joiners(), from) {
			return ""
		}
		return "it fetches, which is joined with judging in survey and cli alone"
	}
	switch r := rank(to); {
	case r < 0:
		return "it is no room of the order"
	case r < limit:
		return ""
	case !isSide && r == limit:
		return "it stands beside it"
	}
	return "it stands below it in the order"
}

// forbiddenOutside is forbidden for the packages of others.
func forbiddenOutside(from, imported string) string {
	if r := rank(from); r >= 0 && r <= rank(pureUpTo) && slices.Contains(impure(), imported) {
		return "up to " + pureUpTo + " there is no I/O"
	}
	if domain, _, _ := strings.Cut(imported, "/"); from == "tlsready" && strings.Contains(domain, ".") {
		return "the vocabulary uses the standard library only"
	}
	if from != "store" && from != "jobs" {
		for _, d := range drivers() {
			if imported == d || strings.HasPrefix(imported, d+"/") {
				return "only store and jobs know databases"
			}
		}
	}
	return ""
}

// listPackages asks the go command for all packages of the module, as they are
// for linux and for windows.
func listPackages(t *testing.T) []pkg {
	all := make(map[string]pkg)
	for _, system := range []string{"linux", "windows"} {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "tlsready/...")
		cmd.Env = append(cmd.Environ(), "GOOS="+system, "GOARCH=amd64")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v %s", err, stderrOf(err))
		}
		for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
			var p pkg
			if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			p.Imports = append(p.Imports, all[p.ImportPath].Imports...)
			slices.Sort(p.Imports)
			p.Imports = slices.Compact(p.Imports)
			all[p.ImportPath] = p
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b pkg) int { return strings.Compare(a.ImportPath, b.ImportPath) })
}

func stderrOf(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return ""
}

// Proves that imports run one way, in the order of the rooms.
func TestImportsRunOneWay(t *testing.T) {
	packages := listPackages(t)
	if !slices.ContainsFunc(packages, func(p pkg) bool { return p.ImportPath == "tlsready/internal/host" }) {
		t.Fatalf("go list did not find the rooms, only %d packages", len(packages))
	}
	for _, v := range violations(packages) {
		t.Error(v)
	}
}

// Proves that the checker sees each kind of violation, and lets through what is
// allowed.
func TestViolationsAreSeen(t *testing.T) {
	internal := func(name string) string { return "tlsready/internal/" + name }
	for _, c := range []struct{ name, from, to, want string }{
		{"downwards", internal("verdict"), internal("host"), ""},
		{"upwards", internal("host"), internal("verdict"), "below it"},
		{"sideways", internal("regtext"), internal("hive"), "beside it"},
		{"own subfolder", internal("source/live"), internal("source"), ""},
		{"root imports a room", "tlsready", internal("wire"), "below it"},
		{"a source judges", internal("source"), internal("verdict"), "below it"},
		{"a source's subfolder judges", internal("source/remote"), internal("service"), "below it"},
		{"judging fetches", internal("verdict"), internal("probe"), "joined with judging"},
		{"a report asks at the terminal", internal("report"), internal("term/tty"), "for cli alone"},
		{"jobs ask at the terminal", internal("jobs"), internal("term/tty"), "for cli alone"},
		{"cli asks at the terminal", internal("cli"), internal("term/tty"), ""},
		{"text is wrapped without I/O", internal("term"), "os", "no I/O"},
		{"cli joins", internal("cli"), internal("probe"), ""},
		{"survey joins", internal("survey"), internal("source/remote"), ""},
		{"survey renders", internal("survey"), internal("report"), "below it"},
		{"apply writes a document", internal("apply"), internal("document"), "below it"},
		{"apply reads a recipe", internal("apply"), internal("recipe"), ""},
		{"gate renders", internal("gate"), internal("report"), "below it"},
		{"I/O in the model", internal("stack"), "os", "no I/O"},
		{"network in the vocabulary", "tlsready", "net", "no I/O"},
		{"I/O in a source", internal("source"), "os", ""},
		{"I/O in a report", internal("report"), "os", ""},
		{"library in the vocabulary", "tlsready", "golang.org/x/text/width", "standard library"},
		{"embedded data", internal("stack"), "embed", ""},
		{"database in cli", internal("cli"), "github.com/jackc/pgx/v5", "databases"},
		{"database in store", internal("store"), "database/sql", ""},
		{"test helper in the product", internal("cli"), internal("testkit/golden"), "for tests"},
		{"contract suite in the product", internal("cli"), internal("source/sourcetest"), "for tests"},
		{"contract suite itself", internal("source/sourcetest"), internal("verdict"), ""},
		{"test helper", internal("testkit/golden"), internal("cli"), ""},
		{"unknown room", internal("misc"), "fmt", "does not know"},
		{"import of an unknown room", internal("cli"), internal("misc"), "no room"},
		{"main", "tlsready/cmd/tlsready", internal("cli"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(violations([]pkg{{c.from, []string{c.to}}}), "; ")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
