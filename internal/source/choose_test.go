package source_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/list/pure"
)

// machines is a scheme whose machines can be read ahead; it notes what it is told.
type machines struct {
	expected, read []string
	ahead          map[string]bool // read ahead and not taken
}

func (m *machines) scheme() source.Scheme {
	snapshot := func(url string) *host.Snapshot { return &host.Snapshot{Name: url} }
	return source.Scheme{
		Name: "far", ID: func(url string) (string, error) { return url[len("far:"):], nil },
		Expect: func(url string) { m.expected = append(m.expected, url) },
		Read: func(_ context.Context, url string, _ source.Options) (*host.Snapshot, error) {
			m.read = append(m.read, url)
			return snapshot(url), nil
		},
		Left: func(url string) (*host.Snapshot, bool) { return snapshot(url), m.ahead[url] },
	}
}

// Proves that hosts that are skipped are neither read nor expected nor counted,
// that each is asked for once, that a machine named twice is one, and that the
// total is known before the first host.
func TestSkip(t *testing.T) {
	m := &machines{}
	var asked, steps []string
	opt := source.Options{
		Schemes:  []source.Scheme{m.scheme()},
		Skip:     func(id string) bool { asked = append(asked, id); return id == "b" },
		Progress: func(done, total int) { steps = append(steps, fmt.Sprint(done, "/", total)) },
		Warn:     func(text message.Text) { t.Error(message.English(text)) },
	}
	for _, err := range source.Read(t.Context(), []string{"far:c", "far:b", "far:a", "far:c"}, opt) {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"far:a", "far:c"}
	if !slices.Equal(m.read, want) || !slices.Equal(m.expected, want) {
		t.Errorf("read %q, expected %q, want %q", m.read, m.expected, want)
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	if want := []string{"0/2", "1/2", "2/2"}; !slices.Equal(steps, want) {
		t.Errorf("progress %q, want %q", steps, want)
	}
}

// Proves that a host of which an earlier run saved a snapshot is read from there,
// under its id and in its place, and its source is left alone.
func TestSaved(t *testing.T) {
	file := filepath.Join(t.TempDir(), "b.json")
	if err := os.WriteFile(file, []byte(`{"schema": "tlsready.host/v1", "name": "earlier", "os": {"version": "6.3", "build": 9600}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	m := &machines{}
	opt := source.Options{Kinds: pure.Kinds(), Schemes: []source.Scheme{m.scheme()}, Saved: func(id string) string {
		if id == "b" {
			return file
		}
		return ""
	}}
	var got []string
	for h, err := range source.Read(t.Context(), []string{"far:a", "far:b", "far:c"}, opt) {
		if err != nil || h.Err != nil {
			t.Fatal(err, h.Err)
		}
		got = append(got, h.ID+" "+h.Snapshot.Name)
	}
	if want := []string{"a far:a", "b earlier", "c far:c"}; !slices.Equal(got, want) || len(m.expected) != 2 {
		t.Errorf("%q, want %q; expected %q", got, want, m.expected)
	}
}

// Proves that when the run ends, machines that had been read ahead are still
// handed over, nothing more is begun, and the end is told.
func TestLeft(t *testing.T) {
	m := &machines{ahead: map[string]bool{"far:c": true, "far:e": true}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []string
	var end error
	for h, err := range source.Read(ctx, []string{"far:a", "far:b", "far:c", "far:d", "far:e"}, source.Options{Schemes: []source.Scheme{m.scheme()}, Covered: []string{`HKLM\x`}}) {
		if err != nil {
			end = err
			break
		}
		if got = append(got, h.ID); !slices.Contains(h.Snapshot.Covered, `HKLM\x`) {
			t.Errorf("%s covers %q", h.ID, h.Snapshot.Covered)
		}
		cancel()
	}
	if want := []string{"a", "c", "e"}; !slices.Equal(got, want) || !errors.Is(end, context.Canceled) {
		t.Errorf("%q and %v, want %q", got, end, want)
	}
	if len(m.read) != 1 {
		t.Errorf("read %q", m.read)
	}
}
