package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxPackage is the limit of a package in lines without tests, and maxFanOut that
// of the project's packages that one may import. What is over them does more than
// one thing.
const (
	maxPackage = 4000
	maxFanOut  = 14
)

// bigPackages may be larger, each for its reason and up to a limit of its own: none needs
// to be.
func bigPackages() map[string]exempt { return nil }

// joiningPackages may import more, each for its reason and up to a limit of its own.
func joiningPackages() map[string]exempt {
	return map[string]exempt{
		"internal/console/pages": {16, "the pages show what all rooms of the console answer"},
		"internal/cli":           {43, "each command takes the rooms that it offers"},
		"internal/survey/watch":  {16, "a run joins what reads captures and logs with what judges"},
		"internal/page":          {18, "the check in a browser joins what reads files with what judges and reports"},
		"internal/survey":        {28, "a run joins what fetches with what judges"},
	}
}

// exempt is an exception with the limit that holds instead.
type exempt struct {
	limit int
	why   string
}

// over says which counts are over the limit, which over their own, and which
// exceptions nothing needs.
func over(what string, counts map[string]int, limit int, exceptions map[string]exempt) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		allowed := limit
		if e, ok := exceptions[name]; ok {
			allowed = e.limit
			if counts[name] <= limit {
				found = append(found, fmt.Sprintf("%s has %d %s: take its exception off the list", name, counts[name], what))
			}
		}
		if counts[name] > allowed {
			found = append(found, fmt.Sprintf("%s has %d %s, more than %d", name, counts[name], what, allowed))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(exceptions)) {
		if _, ok := counts[name]; !ok {
			found = append(found, fmt.Sprintf("%s is on the list of exceptions and is not there", name))
		}
	}
	return found
}

// maxBytes is the limit of a file of the project: what is larger was fetched or built, and
// whoever needs it fetches or builds it.
const maxBytes = 1 << 20

// made are the folders below the project's own that hold what was built; git ignores them.
func made() []string { return []string{"bin", "dist", "deploy/image"} }

// Proves that nothing that was fetched or built stands among the files of the project.
func TestFilesStaySmall(t *testing.T) {
	root, n := moduleDir(t), 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // of a test beside this one
			return nil
		}
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == ".git" || entry.Name() == "node_modules" || slices.Contains(made(), filepath.ToSlash(below)) {
				return filepath.SkipDir
			}
			return nil
		}
		n++
		if info, err := entry.Info(); err == nil && info.Size() > maxBytes {
			t.Errorf("%s has more than %d bytes", below, maxBytes)
		}
		return nil
	})
	if err != nil || n < 1000 {
		t.Errorf("%d files, %v", n, err)
	}
}

// Proves that no package grows beyond what one can know by heart without a reason.
func TestPackagesStaySmall(t *testing.T) {
	counts := make(map[string]int)
	for _, s := range sources(t) {
		if !s.test() {
			counts[path.Dir(s.path)] += s.size
		}
	}
	for _, v := range over("lines", counts, maxPackage, bigPackages()) {
		t.Error(v)
	}
}

// Proves that no package knows more of the others than it can join without a
// reason. The tests and their helpers may know all.
func TestFanOutStaysSmall(t *testing.T) {
	counts := make(map[string]int)
	for _, p := range listPackages(t) {
		if slices.Contains(free(), room(p.ImportPath)) || isContractSuite(p.ImportPath) {
			continue
		}
		for _, imported := range p.Imports {
			if room(imported) != "" {
				counts[strings.TrimPrefix(p.ImportPath, "tlsready/")]++
			}
		}
	}
	for _, v := range over("imports of the project's packages", counts, maxFanOut, joiningPackages()) {
		t.Error(v)
	}
}

// Proves that a count over the limit, one over its exception and an exception that
// nothing needs are each seen.
func TestCountsOverTheLimitAreSeen(t *testing.T) {
	exceptions := map[string]exempt{"big": {20, "x"}, "small": {20, "x"}, "huge": {20, "x"}, "gone": {20, "x"}}
	got := over("lines", map[string]int{"plain": 10, "long": 11, "big": 20, "small": 10, "huge": 21}, 10, exceptions)
	want := []string{
		"huge has 21 lines, more than 20", "long has 11 lines, more than 10",
		"small has 10 lines: take its exception off the list", "gone is on the list of exceptions and is not there",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
