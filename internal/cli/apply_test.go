package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/remote"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
)

const dotNet = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`

// oldServer is a Server 2012 R2 whose .NET programs do not offer TLS 1.2.
func oldServer() *registrytest.Memory {
	const nt = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	m := registrytest.NewMemory(`HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`, dotNet)
	m.Put(nt, "CurrentVersion", host.String("6.3"))
	m.Put(nt, "CurrentBuildNumber", host.String("9600"))
	m.Put(nt, "InstallationType", host.String("Server"))
	m.Put(`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE", host.String("AMD64"))
	m.Put(`HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, "Release", host.Dword(379893))
	return m
}

// errRefused is the error of a machine that takes no connection.
var errRefused = errors.New("connection refused")

// change is one run of fix against a registry in memory.
type change struct {
	app             *App
	stderr          strings.Builder
	dir             string
	memory          *registrytest.Memory
	writer          registry.Writer // what the changes go through
	second          registry.Writer // what they go through over a second connection; nil: the same
	denied          bool
	answer          string // of the person at the terminal; "" for none
	scheme, account string
	refusal         error  // of a machine that takes no connection
	opened, refused int    // connections made; from this one on the machine takes none, 0: it takes all
	lang, id        string // id: of the machine, if it is not FS01
}

func newChange(t *testing.T) *change {
	m := oldServer()
	return &change{memory: m, writer: m, dir: t.TempDir(), lang: "en", refusal: errRefused}
}

func (c *change) applying(t *testing.T) *applying {
	c.stderr.Reset()
	c.app = newApp(Streams{In: strings.NewReader(c.answer + "\n"), Out: new(strings.Builder), Err: &c.stderr, InTerminal: c.answer != ""}, nil)
	c.app.Now = time.Date(2021, 6, 15, 5, 0, 0, 0, time.UTC)
	c.app.SetLanguage(c.lang)
	find := func(url string) (*survey.Machine, error) {
		if url != "memory:" {
			return survey.MachineAt(url, remote.Options{})
		}
		open := func(context.Context) (survey.Connection, error) {
			if c.opened++; c.refused > 0 && c.opened >= c.refused {
				return nil, c.refusal
			}
			if c.opened > 1 && c.second != nil {
				return survey.Unclosed{Writer: c.second}, nil
			}
			return survey.Unclosed{Writer: c.writer}, nil
		}
		return &survey.Machine{ID: cmp.Or(c.id, "FS01"), URL: url, Scheme: cmp.Or(c.scheme, "local"), Account: c.account, MayWrite: !c.denied, Open: open}, nil
	}
	a := c.app.applying(&sourceFlags{})
	a.Machine, a.Dir = find, c.dir
	return a
}

// run judges the machine for Azure Backup.
func (c *change) run(t *testing.T) (*survey.Judging, []*assess.Judged) {
	t.Helper()
	r, err := c.app.judging(t.Context(), &judgeFlags{services: []string{"tls12"}, callers: []string{"dotnet-4.5.2-x64"}, on: "2021-09-01"})
	if err != nil {
		t.Fatal(err)
	}
	r.Reading.Schemes = []source.Scheme{{
		Name: "memory", ID: func(string) (string, error) { return "FS01", nil },
		Read: func(ctx context.Context, url string, opt source.Options) (*host.Snapshot, error) {
			return gather.FromMachine(ctx, gather.Machine{URL: url, Name: "FS01", Registry: c.memory}, opt)
		},
	}}
	var list []*assess.Judged
	for h, err := range source.Read(t.Context(), []string{"memory:"}, r.Reading) {
		if err != nil || h.Err != nil {
			t.Fatal(err, h.Err)
		}
		list = append(list, r.Host(h).Services...)
	}
	return r, list
}

func (c *change) apply(t *testing.T, f applyFlags, sources ...string) error {
	t.Helper()
	applying := c.applying(t)
	r, list := c.run(t)
	if len(sources) == 0 {
		sources = []string{"memory:"}
	}
	return applying.apply(t.Context(), r, judged(list, sources...), &f)
}

// judged is the machine as it was met in each source.
func judged(list []*assess.Judged, sources ...string) []judge.Judged {
	var all []judge.Judged
	for _, url := range sources {
		all = append(all, judge.Judged{Host: source.Host{ID: "FS01", Path: url}, Services: list})
	}
	return all
}

// said is what the user sees of a change that goes wrong.
func (c *change) said(t *testing.T) frame.Ending {
	t.Helper()
	err := c.apply(t, applyFlags{yes: true})
	if err == nil {
		t.Fatal("nothing went wrong")
	}
	return c.app.Ending(err)
}

func (c *change) undo(t *testing.T, f applyFlags, sources ...string) error {
	t.Helper()
	f.undo = c.undoFile(t)
	if len(sources) == 0 {
		sources = []string{"memory:"}
	}
	return c.applying(t).undo(t.Context(), sources, &f)
}

func (c *change) undoFile(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.dir, "tlsready-undo-FS01-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("undo files %q, %v", files, err)
	}
	return files[0]
}

func (c *change) noUndoFile(t *testing.T) {
	t.Helper()
	if files, _ := filepath.Glob(filepath.Join(c.dir, "*")); len(files) > 0 {
		t.Errorf("files are left: %q", files)
	}
}

// Proves the whole way: the plan is shown, the changes are made, the machine is
// judged again and connects, and the undo gives the registry of before.
func TestApplyFixAndUndo(t *testing.T) {
	for _, lang := range message.Languages() {
		c := newChange(t)
		c.lang = lang
		before := c.memory.Dump()
		if err := c.apply(t, applyFlags{yes: true}); err != nil {
			t.Fatal(err)
		}
		words := message.For(lang)
		for _, want := range []string{dotNet, "→ 1 (REG_DWORD)", words.Text("verdict.connects"), "tlsready fix memory: --undo " + c.undoFile(t)} {
			if !strings.Contains(c.stderr.String(), want) {
				t.Errorf("%s: %q is not said:\n%s", lang, want, c.stderr.String())
			}
		}
		if c.memory.Dump() == before {
			t.Errorf("%s: nothing was changed", lang)
		}
		if err := c.undo(t, applyFlags{yes: true}); err != nil {
			t.Fatal(err)
		}
		if after := c.memory.Dump(); after != before {
			t.Errorf("%s: before\n%s\nafter\n%s", lang, before, after)
		}
		if strings.Contains(c.stderr.String(), "{") {
			t.Errorf("%s: an argument is missing:\n%s", lang, c.stderr.String())
		}
	}
}

// Proves that nothing is changed unless a person at a terminal says yes, or --yes
// is given.
func TestNothingWithoutYes(t *testing.T) {
	for _, c := range []struct {
		answer string
		want   bool
		say    string
	}{
		{"y", true, "Make these changes?"},
		{"YES", true, ""},
		{"はい", true, ""},
		{"n", false, "nothing was changed"},
		{" ", false, "nothing was changed"},
		{"yesterday", false, "nothing was changed"},
		{"", false, "nobody can be asked"},
	} {
		change := newChange(t)
		change.answer = c.answer
		before := change.memory.Dump()
		err := change.apply(t, applyFlags{})
		if done := change.memory.Dump() != before; done != c.want || (err == nil) != c.want {
			t.Errorf("%q: changed %v, error %v", c.answer, done, err)
		}
		if said := change.stderr.String() + fmt.Sprint(err); !strings.Contains(said, c.say) {
			t.Errorf("%q: %q is not said:\n%s", c.answer, c.say, said)
		}
		if !c.want {
			change.noUndoFile(t)
		}
	}
}

// Proves that a machine that connects already is left alone.
func TestNothingToApply(t *testing.T) {
	c := newChange(t)
	c.memory.Put(dotNet, "SystemDefaultTlsVersions", host.Dword(1))
	before := c.memory.Dump()
	if err := c.apply(t, applyFlags{yes: true}); err != nil || c.memory.Dump() != before {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(c.stderr.String(), "nothing to change") {
		t.Errorf("said %q", c.stderr.String())
	}
	c.noUndoFile(t)
}

// Proves what is said, and with which exit status, when a change cannot be made; and that
// the registry is as before.
func TestApplyRefusals(t *testing.T) {
	denied := fmt.Errorf("%s: %w", dotNet, registry.ErrDenied)
	for name, c := range map[string]struct {
		prepare func(*change)
		sources []string
		code    int
		say     string
		hint    string
	}{
		"not elevated": {func(c *change) { c.denied = true }, nil, frame.ExitIncomplete, "administrator", "Run as administrator"},
		"denied": {func(c *change) {
			c.writer = &registrytest.Faulty{Writer: c.memory, Err: denied}
		}, nil, frame.ExitIncomplete, "everything is as before", "Run as administrator"},
		"fails":  {func(c *change) { c.writer = &registrytest.Faulty{Writer: c.memory, Fault: registrytest.Garbled} }, nil, frame.ExitIncomplete, "does not read back", ""},
		"a file": {func(*change) {}, []string{"FS01.json"}, frame.ExitUsage, `"FS01.json" is no running machine`, "--dir"},
		"no undo file": {func(c *change) {
			if err := os.WriteFile(filepath.Join(c.dir, "tlsready-undo-FS01-20210615T050000Z.json"), nil, 0o600); err != nil {
				panic(err)
			}
		}, nil, frame.ExitIncomplete, "cannot be written", "--dir"},
	} {
		t.Run(name, func(t *testing.T) {
			change := newChange(t)
			c.prepare(change)
			before := change.memory.Dump()
			err := change.apply(t, applyFlags{yes: true}, c.sources...)
			if user := change.app.Ending(err); user.Code != c.code || !strings.Contains(user.Msg, c.say) || !strings.Contains(user.Hint, c.hint) {
				t.Errorf("error %+v", user)
			}
			if after := change.memory.Dump(); after != before {
				t.Errorf("before\n%s\nafter\n%s", before, after)
			}
		})
	}
}

// Proves that if the machine goes away half-way, what is left and the command that puts
// it back are named, and that this command does so.
func TestApplyHalfWay(t *testing.T) {
	c := newChange(t)
	before := c.memory.Dump()
	c.writer = &registrytest.Faulty{Writer: c.memory, Fault: registrytest.DoneError, Forever: true}
	err := c.apply(t, applyFlags{yes: true})
	user := c.app.Ending(err)
	if !strings.Contains(user.Msg, dotNet) || !strings.Contains(user.Hint, c.undoFile(t)) {
		t.Fatalf("error %+v", user)
	}
	c.writer = c.memory
	if err := c.undo(t, applyFlags{yes: true}); err != nil || c.memory.Dump() != before {
		t.Errorf("undo: %v\n%s", err, c.memory.Dump())
	}
}

// Proves when an undo is refused: after a change by others, which --force overrides; for
// a file that was changed, which it does not override; and for a file that is not an undo
// file.
func TestUndoRefusals(t *testing.T) {
	c := newChange(t)
	before := c.memory.Dump()
	if err := c.apply(t, applyFlags{yes: true}); err != nil {
		t.Fatal(err)
	}
	if err := c.undo(t, applyFlags{}); err == nil || !strings.Contains(err.Error(), "nobody can be asked") {
		t.Errorf("unasked: %v", err)
	}
	if err := c.undo(t, applyFlags{yes: true}, "memory:", "memory:"); err == nil || !strings.Contains(err.Error(), "several") {
		t.Errorf("two sources: %v", err)
	}
	values, err := c.memory.Values(t.Context(), dotNet)
	if err != nil || len(values) == 0 {
		t.Fatal(err, values)
	}
	c.memory.Put(dotNet, values[0].Name, host.Dword(7))
	since := c.memory.Dump()
	err = c.undo(t, applyFlags{yes: true})
	user := c.app.Ending(err)
	if !strings.Contains(user.Msg, values[0].Name) || !strings.Contains(user.Hint, "--force") || c.memory.Dump() != since {
		t.Errorf("drift: %+v", user)
	}
	path := c.undoFile(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, force := range map[string]bool{"changed": false, "changed and forced": true} {
		other := strings.Replace(string(text), `"FS01"`, `"FS02"`, 1)
		if err := os.WriteFile(path, []byte(other), 0o600); err != nil {
			t.Fatal(err)
		}
		err := c.undo(t, applyFlags{yes: true, force: force})
		if user := c.app.Ending(err); !strings.Contains(user.Msg, "was changed since it was written") || !strings.Contains(user.Hint, "--force does not change this") || c.memory.Dump() != since {
			t.Errorf("%s: %+v", name, user)
		}
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.undo(t, applyFlags{yes: true, force: true}); err != nil || c.memory.Dump() != before {
		t.Errorf("forced: %v\n%s", err, c.memory.Dump())
	}
	if err := os.WriteFile(path, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.undo(t, applyFlags{yes: true}); err == nil || !strings.Contains(err.Error(), "line ") {
		t.Errorf("a cut file: %v", err)
	}
}

// Proves that a fix for supposed settings is not made on the real ones.
func TestApplyWithSupposed(t *testing.T) {
	c := newChange(t)
	applying := c.applying(t)
	r, list := c.run(t)
	r.Assessor.Assumed = &assess.Assumed{File: "a.reg"}
	before := c.memory.Dump()
	err := applying.apply(t.Context(), r, judged(list, "memory:"), &applyFlags{yes: true})
	if err == nil || !strings.Contains(err.Error(), "--with") || c.memory.Dump() != before {
		t.Errorf("error %v", err)
	}
}

// Proves that the flags have words, and that local: is opened only as such.
func TestApplyFlags(t *testing.T) {
	cmd, f := &cobra.Command{}, &applyFlags{}
	f.add(cmd)
	if err := cmd.Flags().Parse([]string{"--apply", "--yes", "--force", "--undo", "u.json"}); err != nil || *f != (applyFlags{true, true, "u.json", true}) {
		t.Errorf("flags %+v, %v", f, err)
	}
	for _, name := range []string{"apply", "yes", "force", "undo"} {
		if !message.For("en").Has("cli.flag." + name) {
			t.Errorf("no words for --%s", name)
		}
	}
	if _, err := survey.MachineAt("FS01.json", remote.Options{}); err == nil || !strings.Contains(err.Error(), "no running machine") {
		t.Errorf("error %v", err)
	}
}

// Proves that a snapshot that says of itself that it came from local: does not
// let this machine be changed.
func TestSnapshotIsNoMachine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "FS01.json")
	text, err := json.Marshal(map[string]any{"schema": host.Schema, "source": "local:", "name": "FS01", "os": map[string]any{"version": "6.3", "build": 9600}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c := newChange(t)
	before := c.memory.Dump()
	if err := c.apply(t, applyFlags{yes: true}, path); err == nil || c.memory.Dump() != before {
		t.Errorf("error %v", err)
	}
}

// Proves which machine an undo file is taken for: one of another name, or one that was
// put in its place, is refused even with --force, unless it proves to be the same under a
// new name; a file of an earlier version holds only on its own machine, with a warning;
// and no file decides which other machine is reached.
func TestUndoBelongsToOneMachine(t *testing.T) {
	const guid, name = `HKLM\SOFTWARE\Microsoft\Cryptography`, `HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName`
	for what, test := range map[string]struct {
		file func(string) string // the undo file after it was written
		here func(c *change)     // the machine after it was changed
		id   string
		want [2]string // without and with --force; "" for done
	}{
		"same":         {want: [2]string{"", ""}},
		"replaced":     {here: func(c *change) { c.memory.Put(guid, "MachineGuid", host.String("other")) }, want: [2]string{"another machine of the name", "another machine of the name"}},
		"other name":   {here: func(c *change) { c.memory.Put(name, "ComputerName", host.String("FS09")) }, want: [2]string{"calls itself FS09", "calls itself FS09"}},
		"renamed":      {here: func(c *change) { c.memory.Put(name, "ComputerName", host.String("FS09")) }, id: "FS09", want: [2]string{"is for FS01, and this is FS09", ""}},
		"other":        {here: func(c *change) { c.memory.Put(guid, "MachineGuid", host.String("other")) }, id: "FS09", want: [2]string{"is for FS01, and this is FS09", "another machine of the name"}},
		"old":          {file: withoutSeal, want: [2]string{"", ""}},
		"old, renamed": {file: withoutSeal, id: "FS09", want: [2]string{"holds nothing that would prove", "holds nothing that would prove"}},
	} {
		for i, force := range []bool{false, true} {
			c := newChange(t)
			c.memory.Put(guid, "MachineGuid", host.String("5F8B"))
			c.memory.Put(name, "ComputerName", host.String("FS01"))
			if err := c.apply(t, applyFlags{yes: true}); err != nil {
				t.Fatal(err)
			}
			if test.file != nil {
				text, err := os.ReadFile(c.undoFile(t))
				if err == nil {
					err = os.WriteFile(c.undoFile(t), []byte(test.file(string(text))), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if test.here != nil {
				test.here(c)
			}
			c.id = test.id
			since := c.memory.Dump()
			err := c.undo(t, applyFlags{yes: true, force: force})
			switch want := test.want[i]; {
			case want == "" && (err != nil || c.memory.Dump() == since):
				t.Errorf("%s, force %v: %v", what, force, err)
			case want != "" && (err == nil || !strings.Contains(c.app.Ending(err).Msg, want) || c.memory.Dump() != since):
				t.Errorf("%s, force %v: %v", what, force, err)
			}
			if old := test.file != nil && err == nil; old != strings.Contains(c.stderr.String(), "has no digest") {
				t.Errorf("%s: stderr %s", what, c.stderr.String())
			}
		}
	}
	c := newChange(t)
	if err := c.apply(t, applyFlags{yes: true}); err != nil {
		t.Fatal(err)
	}
	f := applyFlags{yes: true, undo: c.undoFile(t)}
	err := c.applying(t).undo(t.Context(), nil, &f)
	if user := c.app.Ending(err); !strings.Contains(user.Msg, "does not decide where your password goes") || !strings.Contains(user.Hint, "tlsready fix memory: --undo ") {
		t.Errorf("%+v", user)
	}
}

// withoutSeal is an undo file as versions before 0.2 wrote it.
func withoutSeal(text string) string {
	cut := strings.Index(text, `,
  "machine"`)
	if cut < 0 {
		return ""
	}
	return text[:cut] + "\n}\n"
}
