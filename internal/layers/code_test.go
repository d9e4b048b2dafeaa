package layers

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxFunction and maxFile are the limits of a function and of a file in lines:
// what is longer is seldom one subject.
const (
	maxFunction = 80
	maxFile     = 600
)

// longFunctions may be longer, each for its reason: "path function".
func longFunctions() map[string]string {
	return map[string]string{
		"internal/program/program_test.go TestInspect":       "one table of cases",
		"internal/source/fleet/lost_test.go TestLostAnswers": "one table of cases",
	}
}

// source is one parsed Go file of the project.
type source struct {
	path string // from the module's folder, with slashes
	set  *token.FileSet
	file *ast.File
	size int // lines
}

func (s source) line(p token.Pos) int { return s.set.Position(p).Line }

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// sources parses every Go file of the module.
func sources(t *testing.T) []source {
	root := moduleDir(t)
	var list []source
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		s, err := parse(filepath.ToSlash(below), string(text))
		list = append(list, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 10 {
		t.Fatalf("only %d Go files below %s", len(list), root)
	}
	return list
}

func parse(path, text string) (source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{path, set, file, strings.Count(text, "\n")}, err
}

// moduleDir is the folder of go.mod.
func moduleDir(t *testing.T) string {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	t.Fatal("no go.mod above the working folder")
	return ""
}

// tooLong names the functions and the file that are over the limits.
func tooLong(s source) []string {
	var found []string
	if s.size > maxFile {
		found = append(found, fmt.Sprintf("%s has %d lines, more than %d", s.path, s.size, maxFile))
	}
	for _, f := range functions(s) {
		if n := s.line(f.End()) - s.line(f.Pos()) + 1; n > maxFunction {
			found = append(found, fmt.Sprintf("%s %s has %d lines, more than %d", s.path, f.Name.Name, n, maxFunction))
		}
	}
	return found
}

func functions(s source) []*ast.FuncDecl {
	var list []*ast.FuncDecl
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			list = append(list, f)
		}
	}
	return list
}

// hidden names what runs or changes behind the reader's back: init functions,
// and package-level variables that are assigned to.
func hidden(s source) []string {
	var found []string
	globals := make(map[string]bool)
	for _, d := range s.file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					globals[name.Name] = true
				}
			}
		}
	}
	for _, f := range functions(s) {
		if f.Name.Name == "init" && f.Recv == nil {
			found = append(found, fmt.Sprintf("%s:%d: init function", s.path, s.line(f.Pos())))
		}
		found = append(found, assignments(s, f, globals)...)
	}
	return found
}

// assignments names the assignments of f to package-level variables of its file.
// A name that f declares itself is not one.
func assignments(s source, f *ast.FuncDecl, globals map[string]bool) []string {
	var found []string
	local := declared(f)
	report := func(target ast.Expr) {
		if name := base(target); globals[name] && !local[name] {
			found = append(found, fmt.Sprintf("%s:%d: %s changes the package-level %s", s.path, s.line(target.Pos()), f.Name.Name, name))
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, target := range n.Lhs {
					report(target)
				}
			}
		case *ast.IncDecStmt:
			report(n.X)
		}
		return true
	})
	return found
}

// declared are the names that f declares: parameters and variables.
func declared(f *ast.FuncDecl) map[string]bool {
	names := make(map[string]bool)
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				names[name.Name] = true
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				names[name.Name] = true
			}
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, target := range n.Lhs {
					names[base(target)] = true
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				names[base(n.Key)], names[base(n.Value)] = true, true
			}
		}
		return true
	})
	return names
}

// base is the variable that an expression changes a part of: x in x.f[1].
func base(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return base(e.X)
	case *ast.IndexExpr:
		return base(e.X)
	case *ast.StarExpr:
		return base(e.X)
	case *ast.ParenExpr:
		return base(e.X)
	}
	return ""
}

// clockReads names the calls that read the clock or the environment.
func clockReads(s source) []string {
	var found []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			call := base(sel.X) + "." + sel.Sel.Name
			if slices.Contains([]string{"time.Now", "time.Since", "time.Until", "os.Getenv", "os.LookupEnv", "os.Environ"}, call) {
				found = append(found, fmt.Sprintf("%s:%d: %s", s.path, s.line(n.Pos()), call))
			}
		}
		return true
	})
	return found
}

// Proves that functions and files stay small, save those with a reason.
func TestSmallRooms(t *testing.T) {
	reasons := longFunctions()
	needed := make(map[string]bool)
	for _, s := range sources(t) {
		for _, v := range tooLong(s) {
			key := strings.Join(strings.Fields(v)[:2], " ")
			if _, ok := reasons[key]; ok {
				needed[key] = true
				continue
			}
			t.Error(v)
		}
	}
	for key := range reasons {
		if !needed[key] {
			t.Errorf("%s is not too long any more: take its reason off the list", key)
		}
	}
}

// Proves that nothing runs or changes behind the reader's back.
func TestNoHiddenState(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		for _, v := range hidden(s) {
			t.Error(v)
		}
	}
}

// Proves that no room up to document, and no source, looks at the clock or the
// environment by itself: the date is an argument.
func TestNoClockInPureRooms(t *testing.T) {
	for _, s := range sources(t) {
		r := rank(roomOfFile(s.path))
		if s.test() || r < 0 || r > rank(pureUpTo) {
			continue
		}
		for _, v := range clockReads(s) {
			t.Error(v)
		}
	}
}

func roomOfFile(path string) string {
	dir := filepath.ToSlash(filepath.Dir(path))
	if dir == "." {
		return "tlsready"
	}
	return room("tlsready/" + dir)
}

// Proves that the checks see what they are for.
func TestPlantedCodeIsSeen(t *testing.T) {
	long := "package p\n\nfunc f() {\n" + strings.Repeat("\t_ = 1\n", maxFunction) + "}\n"
	for _, c := range []struct {
		name, text string
		check      func(source) []string
		want       string
	}{
		{"long function", long, tooLong, "f has 82 lines"},
		{"function at the limit", "package p\n\nfunc f() {\n" + strings.Repeat("\t_ = 1\n", maxFunction-2) + "}\n", tooLong, ""},
		{"long file", "package p\n" + strings.Repeat("// x\n", maxFile), tooLong, "has 601 lines"},
		{"file at the limit", "package p\n" + strings.Repeat("// x\n", maxFile-1), tooLong, ""},
		{"init", "package p\n\nfunc init() {}\n", hidden, "init function"},
		{"method named init", "package p\n\nfunc (t T) init() {}\n", hidden, ""},
		{"changed global", "package p\n\nvar n int\n\nfunc f() { n++ }\n", hidden, "changes the package-level n"},
		{"changed part of a global", "package p\n\nvar m = map[int]int{}\n\nfunc f() { m[1] = 2 }\n", hidden, "changes the package-level m"},
		{"local of the same name", "package p\n\nvar n int\n\nfunc f() { n := 1; n++; _ = n }\n", hidden, ""},
		{"read global", "package p\n\nvar n = 1\n\nfunc f() int { return n }\n", hidden, ""},
		{"clock", "package p\n\nimport \"time\"\n\nvar f = time.Now\n", clockReads, "time.Now"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parse("p.go", c.text)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(c.check(s), "; ")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
