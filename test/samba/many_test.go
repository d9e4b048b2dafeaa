//go:build linux

package samba

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/source/remote"
)

// result reads what the program wrote as JSON.
func result(t testing.TB, text []byte) *document.Check {
	t.Helper()
	doc := &document.Check{}
	if err := json.Unmarshal(text, doc); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	return doc
}

// Proves that the program reads five hundred machines of a list in one run, that
// one that cannot be reached is a row with reason and hint, and how long it takes.
func TestManyThroughTheProgram(t *testing.T) {
	s := needServer(t)
	s.settings(t)
	f := newFarm(t, s, hosts, 250)
	p := f.check(t, password, "-f", "json", "-q", "--concurrency", "50")
	begun := time.Now()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	status := p.wait(t)
	took := time.Since(begun)
	doc := result(t, p.stdout.Bytes())
	t.Logf("%d hosts, %d at a time: %s; of it tlsready itself %s user, %s system", doc.Summary.Hosts, remote.DefaultConcurrency,
		took.Round(time.Millisecond), p.ProcessState.UserTime().Round(time.Millisecond), p.ProcessState.SystemTime().Round(time.Millisecond))
	if took > limit {
		t.Errorf("it took %s, the limit is %s", took, limit)
	}
	if status != 1 || doc.Summary.Hosts != hosts || doc.Summary.Unreadable != 1 {
		t.Errorf("exit status %d, %+v\n%s", status, doc.Summary, p.stderr.String())
	}
	for i, h := range doc.Hosts {
		if h.Host != f.id(i) {
			t.Fatalf("row %d is %s, want %s", i, h.Host, f.id(i))
		}
		if i == 250 && (!strings.Contains(h.Error, "no connection") || !strings.Contains(h.Hint, fmt.Sprint(f.port))) {
			t.Errorf("the machine without a connection: %q, %q", h.Error, h.Hint)
		}
	}
}

// Proves that a run that is interrupted ends with 130, says how far it was and how
// to go on, and has lost nothing; and that the next run reads no machine again
// whose snapshot is there, and ends as one that was never interrupted.
func TestInterrupted(t *testing.T) {
	const many, atATime = 120, 20
	s := needServer(t)
	s.settings(t)
	f := newFarm(t, s, many)
	dir := filepath.Join(t.TempDir(), "kept")
	args := []string{"-f", "json", "--save", dir, "--concurrency", fmt.Sprint(atATime)}
	first := f.check(t, password, args...)
	var once sync.Once
	reached := make(chan struct{})
	f.onTalk = func(i int) {
		if i > many/2 {
			once.Do(func() { close(reached) })
		}
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	<-reached
	if err := first.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	status, text := first.wait(t), first.stderr.String()
	kept, before := snapshots(t, dir), f.counts()
	want := fmt.Sprintf("interrupted: the snapshots of %d of %d hosts are in %s", len(kept), many, dir)
	if status != 130 || !strings.Contains(text, want) || !strings.Contains(text, "run the same command with --resume") {
		t.Errorf("exit status %d, want %q in\n%s", status, want, text)
	}
	if len(kept) < many/4 || len(kept) == many {
		t.Fatalf("%d snapshots: the run was not interrupted in its midst", len(kept))
	}

	second := f.check(t, password, append(args, "--resume")...)
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	status = second.wait(t)
	doc := result(t, second.stdout.Bytes())
	if status != 1 || doc.Summary.Hosts != many || doc.Summary.Unreadable != 0 {
		t.Errorf("resumed: exit status %d, %+v\n%s", status, doc.Summary, second.stderr.String())
	}
	twice := 0
	for i, now := range f.counts() {
		file := filepath.Join(dir, strings.ReplaceAll(f.id(i), ":", "%3A")+".json")
		_, was := kept[file]
		switch again := now - before[i]; {
		case was && again != 0:
			t.Errorf("%s was read again", f.id(i))
		case !was && again != 1:
			t.Errorf("%s: %d connections after the interruption", f.id(i), again)
		case !was && before[i] > 0:
			twice++ // it was being read
		}
	}
	if twice > atATime {
		t.Errorf("%d machines were begun and lost, %d at most are read at a time", twice, atATime)
	}
	t.Logf("interrupted with %d of %d hosts read, %d more begun", len(kept), many, twice)
	after := snapshots(t, dir)
	for file, text := range kept {
		if after[file] != text {
			t.Errorf("%s was written again", file)
		}
	}
	if len(after) != many {
		t.Errorf("%d snapshots at the end", len(after))
	}
	whole := f.check(t, password, "-f", "json")
	if err := whole.Start(); err != nil {
		t.Fatal(err)
	}
	if code := whole.wait(t); code != 1 || whole.stdout.String() != second.stdout.String() {
		t.Errorf("the resumed run and an uninterrupted one differ, exit status %d:\n%s", code, difference(second.stdout.String(), whole.stdout.String()))
	}
}

// snapshots are the files of a folder with their text.
func snapshots(t testing.TB, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found[file] = string(text)
	}
	return found
}

// Proves that a mistyped password is tried on three of five hundred machines,
// which would not lock an account, and that the others are rows that say so.
func TestWrongPasswordForMany(t *testing.T) {
	s := needServer(t)
	f := newFarm(t, s, hosts)
	p := f.check(t, "Wrong-Secret-99", "-f", "json")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	status := p.wait(t)
	doc := result(t, p.stdout.Bytes())
	tried, refused, kept := 0, 0, 0
	for _, n := range f.counts() {
		tried += n
	}
	for _, h := range doc.Hosts {
		switch {
		case h.Hint == "":
			t.Errorf("%s: %q without a hint", h.Host, h.Error)
		case strings.Contains(h.Error, "password is wrong"):
			refused++
		case strings.Contains(h.Error, "not tried: 3 machines refused the log-in of root"):
			kept++
		}
	}
	if status != 3 || tried != 3 || refused != 3 || kept != hosts-3 || doc.Summary.Unreadable != hosts {
		t.Errorf("exit status %d, %d tried, %d refused, %d not tried, %+v", status, tried, refused, kept, doc.Summary)
	}
	if text := p.stdout.String() + p.stderr.String(); strings.Contains(text, "Wrong-Secret-99") {
		t.Error("the password is in the output")
	}
}
