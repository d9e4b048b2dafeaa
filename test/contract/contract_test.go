package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/cli"
	"tlsready/internal/host"
	"tlsready/internal/source/sourcetest"
)

// form is one source.
type form struct {
	name   string
	losses []sourcetest.Loss // what it documents as not carried
	// flags are what the command line adds for a host; nil: nothing.
	flags func(r sourcetest.Reference) []string
	// open makes what all hosts share, such as a server, and returns the function that
	// puts a host behind the source and returns the path of a file or folder that
	// tlsready reads, or of the snapshot that was read from a running machine. It skips
	// the test, with the reason, if a real part is missing.
	open func(t *testing.T) func(t *testing.T, r sourcetest.Reference) (path string)
}

// forms are all sources. A new one is a line in one of these lists.
func forms() []form { return slices.Concat(fileForms(), fleetForms(), runningForms()) }

// Proves that every source gives the same snapshot of the same host, except for what it
// documents as not carried; that the whole program comes to the same verdicts, causes and
// changes; and that every loss that is listed is real.
func TestContract(t *testing.T) {
	for _, f := range forms() {
		t.Run(f.name, func(t *testing.T) {
			put := f.open(t)
			if put == nil { // the machine does not allow it, and open has said what is not run
				return
			}
			read := map[string]*host.Snapshot{}
			for _, r := range sourcetest.References() {
				t.Run(r.Name, func(t *testing.T) {
					path := put(t, r)
					read[r.Name] = f.holds(t, r, path)
				})
			}
			if !t.Failed() {
				f.needsLosses(t, read)
			}
		})
	}
}

// holds holds one host behind one source against the table.
func (f form) holds(t *testing.T, r sourcetest.Reference, path string) *host.Snapshot {
	t.Helper()
	var flags []string
	if f.flags != nil {
		flags = f.flags(r)
	}
	got := collected(t, path, flags)
	want := r.Less(f.losses...)
	for _, d := range sourcetest.Compare(got, want) {
		t.Error(d)
	}
	expected := r.Snapshot()
	if slices.ContainsFunc(f.losses, func(l sourcetest.Loss) bool { return l.Turns }) {
		expected = want
	}
	if g, w := verdicts(t, path, flags), verdicts(t, written(t, expected), nil); g != w {
		t.Errorf("verdicts\n got %s\nwant %s", g, w)
	}
	return got
}

// needsLosses proves that each loss is one: without it some host would differ.
func (f form) needsLosses(t *testing.T, read map[string]*host.Snapshot) {
	t.Helper()
	for i, l := range f.losses {
		others := slices.Concat(f.losses[:i], f.losses[i+1:])
		if !slices.ContainsFunc(sourcetest.References(), func(r sourcetest.Reference) bool {
			return read[r.Name] != nil && len(sourcetest.Compare(read[r.Name], r.Less(others...))) > 0
		}) {
			t.Errorf("the loss %q (%s) is none", l.What, l.Why)
		}
	}
}

// command runs tlsready and gives its standard output.
func command(t *testing.T, allowed []int, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	status := cli.Run(context.Background(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, nil)
	if !slices.Contains(allowed, status) {
		t.Fatalf("tlsready %s: exit status %d\n%s", strings.Join(args, " "), status, errs.String())
	}
	return out.Bytes()
}

// collected is the snapshot that "tlsready collect" writes.
func collected(t *testing.T, path string, flags []string) *host.Snapshot {
	t.Helper()
	s, err := host.Decode(command(t, []int{0}, append([]string{"collect", path}, flags...)...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// written is the file of a snapshot.
func written(t *testing.T, s *host.Snapshot) string {
	t.Helper()
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "snapshot.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checked is what of a result of check may not depend on the source.
type checked struct {
	Verdicts []struct {
		Service, Caller, Stack, Verdict string
		Cause, FailsFrom                *string
		Offer                           *struct{ Versions []string }
	}
	Hosts []struct {
		Service, Verdict, Restart string
		Cause                     *string
		Fixable                   *bool
		Changes, Prerequisites    json.RawMessage
	}
}

// verdicts is what "tlsready check" says of a host for Azure Backup and for any
// service that takes only TLS 1.2. Whether updates are there is taken as given:
// few sources can tell, and without it the old server would be unknown to them.
func verdicts(t *testing.T, path string, flags []string) string {
	t.Helper()
	args := []string{
		"check", path, "--service", "azure-backup", "--service", "tls12", "--on", "2021-09-01", "--today", "2021-06-15",
		"--assume", "updates=current", "-f", "json",
	}
	var c checked
	if err := json.Unmarshal(command(t, []int{0, 1, 3}, append(args, flags...)...), &c); err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Proves that the hosts of the table differ in what matters: one fails in one
// view of .NET Framework, one by wrong types, one connects. A table of hosts that
// all come to the same end would prove nothing.
func TestTableTellsApart(t *testing.T) {
	want := map[string]string{"FS01": "fails", "DB02": "fails", "WEB03": "connects"}
	for _, r := range sourcetest.References() {
		var c checked
		if err := json.Unmarshal([]byte(verdicts(t, written(t, r.Snapshot()), nil)), &c); err != nil {
			t.Fatal(err)
		}
		if len(c.Hosts) != 2 {
			t.Fatalf("%s has %d services", r.Name, len(c.Hosts))
		}
		for _, h := range c.Hosts {
			if h.Verdict != want[r.Name] {
				t.Errorf("%s %s: %s", r.Name, h.Service, h.Verdict)
			}
			if h.Verdict == "fails" && (h.Cause == nil || *h.Cause != "protocol-version" || len(h.Changes) < 10) {
				t.Errorf("%s %s: cause %v, changes %s", r.Name, h.Service, h.Cause, h.Changes)
			}
		}
	}
}
