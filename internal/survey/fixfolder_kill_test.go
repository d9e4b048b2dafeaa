package survey

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/recipe/recipetest"
)

// putInto names the folder that a child of the test writes, until it is killed.
const putInto = "TLSREADY_TEST_PUT_INTO"

// TestMain is also the child of [TestFixFolderKilled].
func TestMain(m *testing.M) {
	dir := os.Getenv(putInto)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := writeFolder(dir, manyGroups(), formats.All(), message.For("en"), os.Getenv(putInto+"_AGAIN") != ""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// manyGroups are plans that take a while to write.
func manyGroups() []recipe.Plan {
	var groups []recipe.Plan
	for i := range 6 {
		for _, p := range recipetest.Samples()[:2] {
			p.What = fmt.Sprintf("%s-%02d", p.What, i)
			p.Hosts = []string{fmt.Sprintf("%s-%02d.example.com", p.What, i)}
			groups = append(groups, p)
		}
	}
	return groups
}

// TestFixFolderKilled kills a run that writes a folder, at moments all over its time, and proves
// that what is then in its place is whole: each folder of a group holds all of its files as they
// were to be written, a manifest names them, and the next run writes over nothing but says what
// it finds, or with --replace makes all of it whole.
func TestFixFolderKilled(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole")
	if err := writeFolder(whole, manyGroups(), formats.All(), message.For("en"), false); err != nil {
		t.Fatal(err)
	}
	want := contents(t, whole)
	began := time.Now()
	if err := child(filepath.Join(t.TempDir(), "unhurried"), "").Run(); err != nil {
		t.Fatal(err)
	}
	most := time.Since(began)
	random := rand.New(rand.NewPCG(7, 7))
	killed := 0
	const rounds = 12
	for round := range rounds {
		dir := filepath.Join(t.TempDir(), "fixes")
		run := child(dir, "")
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go killer(run, dir, round, time.Duration(random.Int64N(int64(most))), done)
		if run.Wait() != nil {
			killed++
		}
		close(done)
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			continue
		}
		checkWhole(t, round, contents(t, dir), want)
		if err := child(dir, "again").Run(); err != nil {
			t.Fatalf("round %d: --replace: %v", round, err)
		}
		after := contents(t, dir)
		for name, sum := range want {
			if after[name] != sum {
				t.Errorf("round %d: after --replace %s is not whole", round, name)
			}
		}
	}
	if killed == 0 {
		t.Error("no run was killed in time")
	}
	t.Logf("%d of %d runs were killed", killed, rounds)
}

// killer kills a run after a time or, in every other round, as soon as the folders are being
// moved to their places, which is a short moment: the manifest is there then.
func killer(run *exec.Cmd, dir string, round int, after time.Duration, done <-chan struct{}) {
	at := time.Now().Add(after)
	for {
		select {
		case <-done:
			return
		default:
		}
		_, err := os.Stat(filepath.Join(dir, recipe.ManifestName))
		if round%2 == 0 && time.Now().After(at) || round%2 == 1 && err == nil {
			_ = run.Process.Kill()
			return
		}
	}
}

// checkWhole says that every folder in its place is whole.
func checkWhole(t *testing.T, round int, got, want map[string]string) {
	t.Helper()
	tops := map[string]bool{}
	for name := range got {
		if !strings.HasPrefix(name, stagePrefix) {
			tops[topOf(name)] = true
		}
	}
	for name, sum := range want {
		if tops[topOf(name)] && got[name] != sum {
			t.Errorf("round %d: %s is in its place and not whole", round, name)
		}
	}
	if len(tops) > 0 && !tops[recipe.ManifestName] {
		t.Errorf("round %d: folders without a manifest: %v", round, tops)
	}
}

// child is this test's program as a writer of a folder.
func child(dir, again string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), putInto+"="+dir, putInto+"_AGAIN="+again)
	return cmd
}
