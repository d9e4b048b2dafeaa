package regcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/sourcetest"
)

// runs is a Runner that is a function.
type runs func(ctx context.Context, line string) (Answer, error)

func (r runs) Run(ctx context.Context, line string) (Answer, error) { return r(ctx, line) }

// together says whether a command line asks for several keys.
func together(line string) bool { return strings.Contains(line, "echo ") }

// singly hides that a reader can be told of what will be asked.
type singly struct{ registry.Reader }

// snapshot is what a reader's machine becomes, with its errors.
func snapshot(t testing.TB, r registry.Reader) string {
	t.Helper()
	s, err := gather.FromMachine(t.Context(), gather.Machine{URL: "ssh://admin@fs01", Name: "fs01", Registry: r}, source.Options{OS: "6.3.9600"})
	if err != nil {
		return "error: " + err.Error()
	}
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// odd are texts that look like what stands between answers, like lines of reg.exe,
// or break lines.
func odd() []string {
	const key = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\.NETFramework`
	return []string{
		"abcdefghij.0.", "x\r\nabcdefghij.0.0\r\nabcdefghij.0.\r\n", "two\r\nlines", key, "x\r\n" + key, "x\r\n" + key + `\fake`,
		"x\r\n\r\n" + key + "\r\n    SchUseStrongCrypto    REG_DWORD    0x1", "x\r\n    n    REG_SZ    text", "x\nERROR: Access is denied.",
		"ERROR: The system was unable to find the specified registry key or value.", "a\r", "\r\n", "    REG_SZ    ", "表示 ソ", `a" & echo x & "`, "x\r\n    n    REG_DWORD    zz",
	}
}

// machine is a random registry: hosts of the contract suite with further keys,
// odd texts and keys that may not be read.
func machine(seed uint64, f *fakeReg) {
	r := rand.New(rand.NewPCG(seed, 5))
	f.Memory, f.Denied = registrytest.NewMemory(), map[string]bool{}
	refs := sourcetest.References()
	for _, v := range refs[r.IntN(len(refs))].Machine() {
		f.Put(v.Key, v.Name, v.Data)
	}
	keys := append(gather.Prefixes(), `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`, `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages`)
	for range r.IntN(12) {
		key := keys[r.IntN(len(keys))]
		for _, name := range []string{"a", "Package_for_KB1 b", "v4.0.30319"}[:r.IntN(4)] {
			key += `\` + name
			f.Make(key)
		}
		for range r.IntN(3) {
			f.Put(key, []string{"", "n", "DisplayName", "CurrentState"}[r.IntN(4)], host.String(odd()[r.IntN(len(odd()))]))
		}
		if r.IntN(3) == 0 {
			if r.IntN(2) == 0 {
				key = registry.Parent(key)
			}
			f.Denied[strings.ToLower(key)] = true
		}
	}
}

// Proves that a snapshot is the same, byte for byte, whether keys are asked for
// together or one by one: over both shells, in three languages, with keys that are
// denied or missing, and with texts that look like anything. If no key is denied
// and no text is odd, it takes few commands, which stay short.
func TestSameSnapshot(t *testing.T) {
	for seed := range uint64(150) {
		for _, f := range []*fakeReg{newReg(nil, Cmd, "en"), newReg(nil, Cmd, "ja"), newReg(nil, Cmd, "de"), newReg(nil, PowerShell, "en"), newReg(nil, PowerShell, "de")} {
			machine(seed, f)
			want := snapshot(t, singly{newRegistry(f)})
			alone := len(f.Lines)
			f.Lines = nil
			if got := snapshot(t, newRegistry(f)); got != want {
				t.Fatalf("seed %d, %s, shell %d:\n%s\nwant\n%s", seed, f.Language, f.shell, got, want)
			}
			// What denies nearly all of itself is left early when asked one by one.
			if len(f.Lines) > max(alone, 12) {
				t.Errorf("seed %d, %s, shell %d: %d commands together, %d one by one", seed, f.Language, f.shell, len(f.Lines), alone)
			}
		}
	}
}

// Proves how few commands a snapshot takes, and that each of them is short and
// made of reg query and of what stands between.
func TestFewCommandsTogether(t *testing.T) {
	for _, r := range sourcetest.References() {
		for _, f := range []*fakeReg{newReg(nil, Cmd, "en"), newReg(nil, Cmd, "ja"), newReg(nil, Cmd, "de"), newReg(nil, PowerShell, "en")} {
			f.Memory = registrytest.NewMemory()
			for _, v := range r.Machine() {
				f.Put(v.Key, v.Name, v.Data)
			}
			snapshot(t, singly{newRegistry(f)})
			alone := len(f.Lines)
			f.Lines = nil
			snapshot(t, newRegistry(f))
			t.Logf("%s %s, shell %d: %d commands, one by one %d", r.Name, f.Language, f.shell, len(f.Lines), alone)
			if len(f.Lines) > 9 || alone < 50 {
				t.Errorf("%s %s, shell %d: %d commands, one by one %d", r.Name, f.Language, f.shell, len(f.Lines), alone)
			}
			for _, line := range f.Lines {
				if len(line) > maxLine+len("cmd /d /s /c ''") {
					t.Errorf("a line of %d characters: %s", len(line), line)
				}
			}
		}
	}
}

// Proves that asking together changes nothing if it fails: the output ends in the
// middle, anywhere, on either channel; there is too much of it; the shell loses double
// quotes, or knows none of the words; and that it is not tried again then.
func TestTogetherFails(t *testing.T) {
	f := newReg(nil, Cmd, "de")
	machine(3, f)
	want := snapshot(t, singly{newRegistry(f)})
	broken := errors.New("printed too much")
	r := rand.New(rand.NewPCG(1, 2))
	ways := map[string]func(a Answer) (Answer, error){
		"too much":     func(Answer) (Answer, error) { return Answer{}, broken },
		"unknown word": func(Answer) (Answer, error) { return Answer{Errors: "no such program", Status: 1}, nil },
		"twice": func(a Answer) (Answer, error) {
			a.Out = append(a.Out, a.Out...)
			return a, nil
		},
		"more errors": func(a Answer) (Answer, error) {
			a.Errors += " more"
			return a, nil
		},
	}
	for i := range 60 {
		ways[fmt.Sprint("output ends ", i)] = func(a Answer) (Answer, error) {
			a.Out = a.Out[:r.IntN(len(a.Out))]
			return a, nil
		}
		ways[fmt.Sprint("errors end ", i)] = func(a Answer) (Answer, error) {
			a.Errors = a.Errors[:r.IntN(len(a.Errors))]
			return a, nil
		}
	}
	for name, spoil := range ways {
		tried := 0
		reg := New(runs(func(ctx context.Context, line string) (Answer, error) {
			a, err := f.Run(ctx, line)
			if err == nil && together(line) {
				tried++
				return spoil(a)
			}
			return a, err
		}), Cmd)
		got := snapshot(t, reg)
		if err := reg.Prefetch(t.Context(), []registry.Wanted{{Key: base + `\more`}}); err != nil {
			t.Error(err)
		}
		if got != want || tried != 1 {
			t.Errorf("%s: tried %d times, and\n%s\nwant\n%s", name, tried, got, want)
		}
	}
}

// Proves that a shell that loses double quotes on the way costs nothing but time:
// reg.exe then takes a key with a space for an error, or for another key.
func TestQuotesLost(t *testing.T) {
	for seed := range uint64(20) {
		f := newReg(nil, PowerShell, "en")
		machine(seed, f)
		want := snapshot(t, singly{newRegistry(f)})
		got := snapshot(t, New(runs(func(ctx context.Context, line string) (Answer, error) {
			if !together(line) {
				return f.Run(ctx, line)
			}
			var out bytes.Buffer
			var errs []string
			for _, part := range strings.Split(strings.Trim(strings.TrimPrefix(line, "cmd /d /s /c "), "'"), "&reg ") {
				part = strings.ReplaceAll(part, `"`, "")
				question, marks, _ := strings.Cut(part, "&")
				mark := marks[strings.LastIndex(marks, "echo ")+len("echo "):]
				words := strings.Fields(strings.TrimPrefix(question, "reg "))
				if len(words) > 2 && !strings.HasPrefix(words[2], "/") {
					fmt.Fprintf(&out, "%s\r\n", mark)
					errs = append(errs, "ERROR: Invalid syntax.", mark)
					continue
				}
				a, err := f.Run(ctx, "reg "+strings.Join(words, " "))
				if err != nil {
					return a, err
				}
				out.Write(a.Out)
				if a.Status == 0 {
					fmt.Fprintf(&out, "%s0\r\n", mark)
				}
				fmt.Fprintf(&out, "%s\r\n", mark)
				errs = append(errs, a.Errors, mark)
			}
			return Answer{Out: out.Bytes(), Errors: strings.Join(errs, " ")}, nil
		}), PowerShell))
		if got != want {
			t.Errorf("seed %d:\n%s\nwant\n%s", seed, got, want)
		}
	}
}

// Proves that a change forgets what was asked ahead: what is decided before a
// write is looked at then.
func TestChangeLooksAgain(t *testing.T) {
	f := newReg(registrytest.NewMemory(base+`\key`), Cmd, "en")
	r, ctx := newRegistry(f), t.Context()
	keys := []registry.Wanted{{Key: base}, {Key: base + `\key`}, {Key: base + `\new`}}
	if err := r.Prefetch(ctx, keys); err != nil || len(f.Lines) != 1 {
		t.Fatal(err, f.Lines)
	}
	f.Put(base+`\key`, "later", host.Dword(1))
	if err := r.DeleteKey(ctx, base+`\key`); !errors.Is(err, registry.ErrNotEmpty) {
		t.Error(err)
	}
	if err := r.Prefetch(ctx, keys); err != nil {
		t.Fatal(err)
	}
	f.Make(base + `\new`)
	if err := r.CreateKey(ctx, base+`\new`); !errors.Is(err, registry.ErrExist) {
		t.Error(err)
	}
	for _, line := range f.Lines {
		if !strings.HasPrefix(line, "reg query ") {
			t.Errorf("it ran %q on what it knew from before", line)
		}
	}
}

// Proves that an end counts only as a line of its own, in its place, in both
// outputs.
func TestSplit(t *testing.T) {
	b := batch{questions: []question{ofKey(base), ofTree(base)}, token: "T"}
	for _, c := range []struct {
		out, errs string
		ok        bool
	}{
		{"a\r\nT.0.0\r\nT.0.\r\nT.1.\r\n", "T.0. gone T.1.", true},
		{"a T.0.\r\nT.1.\r\n", "T.0. T.1.", false},
		{"T.0. \r\nT.1.\r\n", "T.0. T.1.", false},
		{"T.1.\r\nT.0.\r\n", "T.0. T.1.", false},
		{"T.0.\r\nT.1.\r\n", "T.1. T.0.", false},
		{"T.0.\r\nT.1.", "T.0. T.1.", false},
		{"T.0.\r\nT.1.\r\nb\r\n", "T.0. T.1.", false},
		{"T.0.\r\nT.1.\r\n", "T.0. T.1. gone", false},
		{"T.0.0\r\nb\r\nT.0.\r\nT.1.\r\n", "T.0. T.1.", false},
	} {
		list, ok := b.split(Answer{Out: []byte(c.out), Errors: c.errs})
		if ok != c.ok {
			t.Errorf("%q %q: %v", c.out, c.errs, ok)
		}
		if ok && (string(list[0].Out) != "a\r\n" || list[0].Status != 0 || list[1].Status != 1 || list[1].Errors != "gone") {
			t.Errorf("%+v", list)
		}
	}
}

// Proves which answers leave no doubt.
func TestClean(t *testing.T) {
	const key = `HKLM\SOFTWARE\A`
	const head = "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\A\r\n"
	one, all, name := ofKey(key), ofTree(key), ofName(key, "n")
	for _, c := range []struct {
		what  string
		q     question
		a     Answer
		clean bool
	}{
		{"a value and a key", one, Answer{Out: []byte(head + "    n    REG_SZ    x\r\n" + head[2:len(head)-2] + "\\b\r\n")}, true},
		{"nothing", one, Answer{}, true},
		{"a value without key", one, Answer{Out: []byte("    n    REG_SZ    x\r\n")}, false},
		{"a key two below", one, Answer{Out: []byte(head[:len(head)-2] + "\\b\\c\r\n")}, false},
		{"a key two below", all, Answer{Out: []byte(head[:len(head)-2] + "\\b\\c\r\n    n    REG_DWORD    0x1\r\n")}, true},
		{"the value of a key below", one, Answer{Out: []byte(head[:len(head)-2] + "\\b\r\n    n    REG_DWORD    0x1\r\n")}, false},
		{"another key", all, Answer{Out: []byte(head[:len(head)-2] + "bc\r\n")}, false},
		{"a second line of a text", all, Answer{Out: []byte(head + "    n    REG_SZ    x\r\ny\r\n")}, false},
		{"an error with status 0", all, Answer{Out: []byte(head), Errors: "FEHLER"}, false},
		{"an error of Wine", all, Answer{Out: []byte(head + "reg: Unable to access or create the specified registry key\r\n")}, false},
		{"status 1", one, Answer{Out: []byte(head), Status: 1}, false},
		{"no number", one, Answer{Out: []byte(head + "    n    REG_DWORD    zz\r\n")}, false},
		{"found", name, Answer{Out: []byte(head + "    n    REG_SZ    x\r\n\r\nEnd of search: 1 match(es) found.\r\n")}, true},
		{"not found", name, Answer{Out: []byte("\r\nEnd of search: 0 match(es) found.\r\n"), Status: 1}, true},
		{"two lines in words", name, Answer{Out: []byte(head + "    n    REG_SZ    x\r\ny\r\nEnd of search: 1 match(es) found.\r\n")}, false},
	} {
		if got := c.q.clean(c.a); got != c.clean {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

// FuzzTogether proves that no text and no name in the registry makes a difference
// between keys that are asked for together and one by one.
func FuzzTogether(f *testing.F) {
	for _, text := range odd() {
		f.Add(text, "name")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		if _, err := registry.NewValue(name, host.String(text)); err != nil {
			return // no registry holds it as text
		}
		for _, language := range []string{"en", "de"} {
			reg := newReg(registrytest.NewMemory(), Cmd, language)
			reg.UTF8 = true
			reg.Put(base+`\a\b`, name, host.String(text))
			reg.Put(base+`\a`, "n", host.String(text))
			reg.Put(base+`\list\x`, name, host.String(text))
			reg.Put(base+`\list\y`, "name", host.String(text))
			wanted := []registry.Wanted{{Key: base + `\a`, Deep: true}, {Key: base + `\list`, Names: []string{"name"}}, {Key: base + `\gone`}}
			var said []string
			for _, prefetch := range []bool{true, false} {
				r := newRegistry(reg)
				if prefetch {
					if err := r.Prefetch(t.Context(), wanted); err != nil {
						t.Fatal(err)
					}
				}
				var b strings.Builder
				tell(t, &b, r, base+`\a`)
				tell(t, &b, r, base+`\gone`)
				below, err := r.Subkeys(t.Context(), base+`\list`)
				fmt.Fprint(&b, below, err)
				for _, sub := range below {
					fmt.Fprintln(&b)
					v, err := r.Value(t.Context(), base+`\list\`+sub, "name")
					fmt.Fprint(&b, v, err)
				}
				said = append(said, b.String())
			}
			if said[0] != said[1] {
				t.Errorf("together %q\none by one %q", said[0], said[1])
			}
		}
	})
}

// tell writes what a registry says of a key and those below it.
func tell(t *testing.T, b *strings.Builder, r *Registry, key string) {
	values, err := r.Values(t.Context(), key)
	fmt.Fprintln(b, key, values, err)
	below, err := r.Subkeys(t.Context(), key)
	fmt.Fprintln(b, below, err)
	for _, sub := range below {
		if strings.Count(key, `\`) < 6 { // a text may name a key within itself
			tell(t, b, r, key+`\`+sub)
		}
	}
}

// FuzzSplit proves that no output breaks split, and that if it is taken apart, each
// answer is a piece of it.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("a\r\nT.0.0\r\nT.0.\r\nb\r\nT.1.\r\n"), "T.0. FEHLER T.1.")
	f.Add([]byte("T.1.\nT.0.\n"), "T.0.T.1.")
	f.Fuzz(func(t *testing.T, out []byte, errs string) {
		b := batch{questions: []question{ofKey(base), ofTree(base)}, token: "T"}
		list, ok := b.split(Answer{Out: out, Errors: errs})
		if !ok {
			return
		}
		if len(list) != 2 {
			t.Fatalf("%d answers", len(list))
		}
		for _, a := range list {
			if !bytes.Contains(out, a.Out) || !strings.Contains(errs, a.Errors) || bytes.ContainsRune(a.Out, 'T') || strings.Contains(a.Errors, "T") {
				t.Errorf("%+v of %q %q", a, out, errs)
			}
			b.questions[1].clean(a)
		}
	})
}
