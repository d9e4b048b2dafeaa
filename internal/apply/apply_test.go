package apply_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/apply"
	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
)

const (
	schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	tls12    = schannel + `\Protocols\TLS 1.2\Client`
	net64    = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	local    = `HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002`
)

// machine has a value that is overwritten, one of the wrong type and with bytes
// that no snapshot shows, one that is deleted, and lacks keys.
func machine(t *testing.T) *registrytest.Memory {
	t.Helper()
	m := registrytest.NewMemory(schannel)
	m.Put(net64, "schUSEstrongCrypto", host.String("1"))
	m.Put(local, "Functions", host.Multi("TLS_A"))
	m.Put(schannel, "EventLogging", host.Dword(7))
	odd := registry.Value{Name: "Odd", Type: 1, Bytes: []byte{'a', 0, 0, 0, 'b', 0}} // text after its NUL, and none at the end
	if err := m.Set(t.Context(), schannel, odd); err != nil {
		t.Fatal(err)
	}
	return m
}

func changes() []host.Change {
	was := func(d host.Data) host.Before { return host.Before{State: host.Present, Data: d} }
	absent := host.Before{State: host.Absent}
	return []host.Change{
		{Key: tls12, Name: "Enabled", Data: host.Dword(1), Before: absent},
		{Key: tls12, Name: "DisabledByDefault", Data: host.Dword(0), Before: absent},
		{Key: strings.ToUpper(net64), Name: "SchUseStrongCrypto", Data: host.Dword(1), Before: was(host.String("1"))},
		{Key: local, Name: "Functions", Data: host.Multi("TLS_B", "TLS_A"), Before: was(host.Multi("TLS_A"))},
		{Key: schannel, Name: "EventLogging", Delete: true, Before: was(host.Dword(7))},
		{Key: schannel, Name: "Odd", Data: host.Dword(3), Before: was(host.String("a"))},
		{Key: `HKLM\SOFTWARE\Gone\Key`, Name: "x", Delete: true, Before: absent}, // is as it should be
	}
}

func request(t *testing.T) apply.Request {
	return apply.Request{
		Host: "FS01", Source: "local:", Changes: changes(), Undo: filepath.Join(t.TempDir(), "undo.json"),
		Now: time.Date(2026, 11, 21, 5, 0, 0, 123, time.UTC),
	}
}

func readUndo(t *testing.T, path string) *apply.File {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := apply.Decode(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return f
}

// looking calls look before each write.
type looking struct {
	registry.Writer
	look func()
}

func (l looking) Set(ctx context.Context, key string, v registry.Value) error {
	l.look()
	return l.Writer.Set(ctx, key, v)
}

func (l looking) CreateKey(ctx context.Context, key string) error {
	l.look()
	return l.Writer.CreateKey(ctx, key)
}

// Proves the whole way: the undo file is whole before the first change, the
// changes are made, what was right already is left alone, the undo gives the
// registry of before byte for byte, and a second undo does nothing.
func TestApplyAndUndo(t *testing.T) {
	m, req := machine(t), request(t)
	before := m.Dump()
	judged := errors.New("still fails")
	req.Judge = func(ctx context.Context) error {
		if v, err := m.Value(ctx, tls12, "Enabled"); err != nil || !v.Data().Equal(host.Dword(1)) {
			t.Errorf("judged before the change: %+v %v", v, err)
		}
		return judged
	}
	looked := 0
	report, err := apply.Apply(t.Context(), looking{m, func() {
		looked++
		if f := readUndo(t, req.Undo); len(f.Values) != 6 || len(f.Keys) != 3 {
			t.Errorf("undo file at a change: %+v", f)
		}
	}}, req)
	if err != nil {
		t.Fatal(err)
	}
	if looked == 0 || len(report.Changed) != 6 || len(report.Unchanged) != 1 || len(report.Created) != 3 || report.Undo != req.Undo || !errors.Is(report.Judge, judged) {
		t.Errorf("report %+v after %d looks", report, looked)
	}
	for _, c := range changes() {
		v, err := m.Value(t.Context(), c.Key, c.Name)
		if c.Delete && !errors.Is(err, registry.ErrNotExist) || !c.Delete && !v.Data().Equal(c.Data) {
			t.Errorf("%s %s is %+v (%v)", c.Key, c.Name, v, err)
		}
	}

	f := readUndo(t, req.Undo)
	if f.Host != "FS01" || f.Source != "local:" || f.WrittenAt.Year() != 2026 {
		t.Errorf("undo file %+v", f)
	}
	done, err := apply.Undo(t.Context(), m, f, apply.UndoOptions{})
	if err != nil || len(done.Restored) != 6 || len(done.Removed) != 3 || len(done.Kept) != 0 {
		t.Errorf("undone %+v, %v", done, err)
	}
	if after := m.Dump(); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	done, err = apply.Undo(t.Context(), m, f, apply.UndoOptions{})
	if err != nil || len(done.Already) != 6 || len(done.Restored)+len(done.Removed) != 0 || m.Dump() != before {
		t.Errorf("undone twice: %+v, %v", done, err)
	}
}

// writes counts the writing calls of a whole application.
func writes(t *testing.T) int {
	f := &registrytest.Faulty{Writer: machine(t), At: -1}
	if _, err := apply.Apply(t.Context(), f, request(t)); err != nil {
		t.Fatal(err)
	}
	return f.Calls
}

// Proves that after any kind of failure at any step the registry is as it was
// before, that what was restored is said, and that no undo file is left over.
func TestFailureAtEachStep(t *testing.T) {
	steps := writes(t)
	if steps != 3+6 {
		t.Fatalf("%d writes, want 3 keys and 6 values", steps)
	}
	for _, fault := range registrytest.Faults() {
		for at := range steps {
			t.Run(fmt.Sprintf("fault %d at %d", fault, at), func(t *testing.T) {
				m, req := machine(t), request(t)
				before := m.Dump()
				_, err := apply.Apply(t.Context(), &registrytest.Faulty{Writer: m, At: at, Fault: fault}, req)
				var broken *apply.BrokenError
				if !errors.As(err, &broken) || !broken.Whole() || broken.Undo != "" {
					t.Fatalf("error %v", err)
				}
				if after := m.Dump(); after != before {
					t.Errorf("before\n%s\nafter\n%s", before, after)
				}
				if at > 3 && len(broken.Restored) < at-3 {
					t.Errorf("restored %v", broken.Restored)
				}
				if _, err := os.Stat(req.Undo); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("an undo file is left: %v", err)
				}
			})
		}
	}
}

// Proves that if the machine goes away half-way, the undo file stays, says all
// that is needed, and brings the registry back later.
func TestMachineGoesAway(t *testing.T) {
	for at := range writes(t) {
		for _, fault := range []registrytest.Fault{registrytest.Refused, registrytest.DoneError} {
			m, req := machine(t), request(t)
			before := m.Dump()
			_, err := apply.Apply(t.Context(), &registrytest.Faulty{Writer: m, At: at, Fault: fault, Forever: true}, req)
			var broken *apply.BrokenError
			if !errors.As(err, &broken) || !errors.Is(err, registrytest.ErrFault) {
				t.Fatalf("error %v", err)
			}
			if broken.Whole() != (m.Dump() == before) {
				t.Errorf("fault %d at %d: left %v %v", fault, at, broken.Left, broken.LeftKeys)
			}
			if broken.Whole() {
				continue
			}
			if _, err := apply.Undo(t.Context(), m, readUndo(t, broken.Undo), apply.UndoOptions{}); err != nil {
				t.Errorf("fault %d at %d: undo %v", fault, at, err)
			}
			if after := m.Dump(); after != before {
				t.Errorf("fault %d at %d: before\n%s\nafter\n%s", fault, at, before, after)
			}
		}
	}
}

// Proves that an undo that fails at any step can be done again, and ends in the
// state of before.
func TestUndoFailsAndIsDoneAgain(t *testing.T) {
	for at := range writes(t) {
		for _, fault := range []registrytest.Fault{registrytest.Refused, registrytest.Silent} {
			m, req := machine(t), request(t)
			before := m.Dump()
			if _, err := apply.Apply(t.Context(), m, req); err != nil {
				t.Fatal(err)
			}
			f := readUndo(t, req.Undo)
			_, err := apply.Undo(t.Context(), &registrytest.Faulty{Writer: m, At: at, Fault: fault, Forever: true}, f, apply.UndoOptions{})
			var left *apply.UndoError
			if !errors.As(err, &left) || len(left.Left)+len(left.LeftKeys) == 0 {
				t.Fatalf("fault %d at %d: error %v", fault, at, err)
			}
			if _, err := apply.Undo(t.Context(), m, f, apply.UndoOptions{}); err != nil || m.Dump() != before {
				t.Errorf("fault %d at %d: the second undo: %v\n%s", fault, at, err, m.Dump())
			}
		}
	}
}

// Proves that nothing at all is written if the undo file cannot be: the folder
// is missing, or there already is such a file.
func TestNoUndoFileNoChange(t *testing.T) {
	for _, missing := range []bool{true, false} {
		m, req := machine(t), request(t)
		before := m.Dump()
		if missing {
			req.Undo = filepath.Join(t.TempDir(), "no", "undo.json")
		} else if err := os.WriteFile(req.Undo, []byte("another undo"), 0o600); err != nil {
			t.Fatal(err)
		}
		f := &registrytest.Faulty{Writer: m, At: -1}
		_, err := apply.Apply(t.Context(), f, req)
		var refused *apply.UndoFileError
		if !errors.As(err, &refused) || refused.Path != req.Undo || f.Calls != 0 || m.Dump() != before {
			t.Errorf("error %v after %d writes", err, f.Calls)
		}
		if text, err := os.ReadFile(req.Undo); !missing && (err != nil || string(text) != "another undo") {
			t.Errorf("the other undo file is %q", text)
		}
	}
}

// Proves that a plan that is out of date, names a value twice, or names no key
// changes nothing, and leaves no undo file.
func TestRefusedPlans(t *testing.T) {
	for name, c := range map[string]host.Change{
		"appeared":   {Key: net64, Name: "SchUseStrongCrypto", Data: host.Dword(1), Before: host.Before{State: host.Absent}},
		"other type": {Key: net64, Name: "SchUseStrongCrypto", Data: host.Dword(1), Before: host.Before{State: host.Present, Data: host.Dword(0)}},
		"gone":       {Key: net64, Name: "x", Data: host.Dword(1), Before: host.Before{State: host.Present, Data: host.Dword(0)}},
		"twice":      {Key: tls12, Name: "ENABLED", Data: host.Dword(0), Before: host.Before{State: host.Absent}},
		"no key":     {Key: `HKLM`, Name: "x", Data: host.Dword(1)},
		"other root": {Key: `HKCR\x`, Name: "x", Data: host.Dword(1)},
		"empty part": {Key: `HKLM\a\\b`, Name: "x", Data: host.Dword(1)},
		"no type":    {Key: net64, Name: "y", Data: host.Data{Type: "REG_NOTHING"}},
	} {
		m, req := machine(t), request(t)
		before := m.Dump()
		req.Changes = append(req.Changes, c)
		if _, err := apply.Apply(t.Context(), m, req); err == nil || m.Dump() != before {
			t.Errorf("%s: error %v", name, err)
		}
		if _, err := os.Stat(req.Undo); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: an undo file is left", name)
		}
	}
}

// Proves that if everything is as it should be, nothing is written, not even
// an undo file.
func TestNothingToDo(t *testing.T) {
	m, req := machine(t), request(t)
	req.Changes = []host.Change{{Key: schannel, Name: "EventLogging", Data: host.Dword(7), Before: host.Before{State: host.Absent}}}
	f := &registrytest.Faulty{Writer: m, At: -1}
	report, err := apply.Apply(t.Context(), f, req)
	if err != nil || f.Calls != 0 || report.Undo != "" || len(report.Unchanged) != 1 {
		t.Errorf("report %+v, %v", report, err)
	}
	if _, err := os.Stat(req.Undo); !errors.Is(err, os.ErrNotExist) {
		t.Error("an undo file is left")
	}
}

// cutting ends the run at a write, as Ctrl-C does.
func cutting(m registry.Writer, cancel func(), at int) registry.Writer {
	n := 0
	return looking{m, func() {
		if n++; n == at {
			cancel()
		}
	}}
}

// Proves that Ctrl-C half-way puts everything back.
func TestInterrupted(t *testing.T) {
	m, req := machine(t), request(t)
	before := m.Dump()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := apply.Apply(ctx, cutting(m, cancel, 6), req)
	var broken *apply.BrokenError
	if !errors.As(err, &broken) || !broken.Whole() || !errors.Is(err, context.Canceled) || m.Dump() != before {
		t.Errorf("error %v\n%s", err, m.Dump())
	}
}

// Proves that a value that somebody changed since is not overwritten, unless
// that is wished; and that a created key that others use by now stays.
func TestDrift(t *testing.T) {
	m, req := machine(t), request(t)
	if _, err := apply.Apply(t.Context(), m, req); err != nil {
		t.Fatal(err)
	}
	m.Put(tls12, "Enabled", host.Dword(0))
	m.Put(schannel, "EventLogging", host.Dword(1))
	m.Put(tls12, "Vendor", host.Dword(1))
	since, f := m.Dump(), readUndo(t, req.Undo)
	_, err := apply.Undo(t.Context(), m, f, apply.UndoOptions{})
	var drift *apply.DriftError
	if !errors.As(err, &drift) || len(drift.Values) != 2 || m.Dump() != since {
		t.Fatalf("error %v", err)
	}
	if d := drift.Values[0]; d.Name != "Enabled" || d.Found == nil || d.Found.Bytes[0] != 0 {
		t.Errorf("drift %+v", d)
	}
	done, err := apply.Undo(t.Context(), m, f, apply.UndoOptions{Force: true})
	if err != nil || len(done.Removed) != 0 || !slices.Contains(done.Kept, tls12) || len(done.Kept) != 3 {
		t.Errorf("forced: %+v, %v", done, err)
	}
	want := machine(t)
	want.Put(tls12, "Vendor", host.Dword(1))
	if m.Dump() != want.Dump() {
		t.Errorf("got\n%s\nwant\n%s", m.Dump(), want.Dump())
	}
}

// Proves that a value whose key somebody removed since comes back with its key.
func TestKeyGoneSince(t *testing.T) {
	m, req := machine(t), request(t)
	before := m.Dump()
	if _, err := apply.Apply(t.Context(), m, req); err != nil {
		t.Fatal(err)
	}
	if err := m.Delete(t.Context(), local, "Functions"); err != nil {
		t.Fatal(err)
	}
	if err := m.DeleteKey(t.Context(), local); err != nil {
		t.Fatal(err)
	}
	if _, err := apply.Undo(t.Context(), m, readUndo(t, req.Undo), apply.UndoOptions{Force: true}); err != nil || m.Dump() != before {
		t.Errorf("error %v\n%s", err, m.Dump())
	}
}

// Proves that a denied write keeps its cause, so that the missing right can be
// named.
func TestDenied(t *testing.T) {
	denied := fmt.Errorf("%s: %w", tls12, registry.ErrDenied)
	_, err := apply.Apply(t.Context(), &registrytest.Faulty{Writer: machine(t), Fault: registrytest.Refused, Err: denied}, request(t))
	if !errors.Is(err, registry.ErrDenied) {
		t.Errorf("error %v", err)
	}
}
