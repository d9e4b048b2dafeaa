package winrm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/regcmd/regcmdtest"
	"tlsready/internal/source/remote/winrm/winrmtest"
)

const (
	password = "Correct-Horse-9"
	base     = `HKLM\SOFTWARE\Base key`
)

// machine is a WinRM service with a registry in memory behind it.
type machine struct {
	*winrmtest.Server
	reg *regcmdtest.Reg
}

func newMachine(language string) *machine {
	m := &machine{reg: &regcmdtest.Reg{Memory: registrytest.NewMemory(base), Quote: '"', Language: language, UTF8: true}}
	m.Server = &winrmtest.Server{User: "admin", Domain: "CORP", Password: password, Run: m.run}
	return m
}

func (m *machine) run(line string) (out, errs []byte, status int) {
	if line == "ver" {
		return []byte("\r\nMicrosoft Windows [Version 6.3.9600]\r\n"), nil, 0
	}
	out, text, status, err := m.reg.Run(context.Background(), line)
	if err != nil {
		return nil, []byte(err.Error()), 9
	}
	return out, []byte(text), status
}

// way is a way to log in.
type way struct {
	name   string
	offers []string
	port   int
	cert   bool
}

func ways() []way {
	return []way{
		{"NTLM over HTTPS", []string{"Negotiate", "Kerberos"}, 5986, false},
		{"NTLM over HTTP", []string{"Negotiate", "Kerberos"}, PlainPort, false},
		{"Basic over HTTPS", []string{"Basic"}, 5986, false},
		{"certificate over HTTPS", []string{"Certificate"}, 5986, true},
	}
}

func (m *machine) options(t testing.TB, cert bool) Options {
	t.Helper()
	o := Options{
		CA: m.CA(t), Dial: m.Dial,
		Password: func(context.Context) (peer.Secret, error) { return peer.NewSecret(password), nil },
	}
	if cert {
		c, key := winrmtest.Certificate(t, "admin@corp.example")
		o.Certificate, o.Key = winrmtest.WritePEM(t, c, key)
		o.Password = nil
	}
	return o
}

func target(port int) peer.Target {
	return peer.Target{Scheme: "winrm", User: "admin", Host: winrmtest.Host, Port: port}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Proves that values of all types that reg.exe prints are written, read and taken
// back over each kind of log-in, in English and Japanese, through one shell that
// is closed at the end, and that over HTTP nothing can be read on the line.
func TestRegistry(t *testing.T) {
	for _, w := range ways() {
		for _, language := range []string{"en", "ja"} {
			t.Run(w.name+" "+language, func(t *testing.T) {
				m := newMachine(language)
				m.Offers, m.Waits = w.offers, 1
				winrmtest.Start(t, m.Server, nil)
				before := m.reg.Dump()
				c, err := Open(t.Context(), target(w.port), m.options(t, w.cert))
				must(t, err)
				writeAndUndo(t, c)
				must(t, c.Close())
				if after := m.reg.Dump(); after != before {
					t.Errorf("before\n%s\nafter\n%s", before, after)
				}
				if got := c.System(); got.Build != 9600 || got.Version != "6.3" {
					t.Errorf("system %+v", got)
				}
				if created, open := m.Shells(); created != 1 || open != 0 {
					t.Errorf("%d shells were opened, %d still are", created, open)
				}
				if seen := m.Seen(); w.port == PlainPort && (strings.Contains(seen, "Envelope") || strings.Contains(seen, "HKLM") || !strings.Contains(seen, sealedProtocol)) {
					t.Error("what was asked can be read on the line")
				} else if strings.Contains(seen, password) {
					t.Error("the password was sent")
				}
				for _, line := range m.Lines() {
					if line != "ver" && !strings.HasPrefix(line, "reg query ") && !strings.HasPrefix(line, "reg add ") && !strings.HasPrefix(line, "reg delete ") {
						t.Errorf("it ran %q", line)
					}
				}
			})
		}
	}
}

// writeAndUndo writes values of many kinds, reads them, and removes them.
func writeAndUndo(t *testing.T, c *Conn) {
	t.Helper()
	ctx, key := t.Context(), base+`\TLS 1.2 <&> 表`
	must(t, c.CreateKey(ctx, key))
	for _, v := range []host.Value{
		{Name: "Enabled", Data: host.Dword(4294967295)},
		{Name: "", Data: host.String("default")},
		{Name: "表示名 ソ", Data: host.String("値 & <ソ> ]]> '")},
		{Name: "list", Data: host.Multi("a b", "c")},
		{Name: "bytes", Data: host.Data{Type: host.Binary, Bytes: []byte{0, 1}}},
		{Name: "qword", Data: host.Data{Type: host.QWORD, Number: 1 << 60}},
		{Name: "a\ttab  and   blanks", Data: host.String(" x ")},
	} {
		want, err := registry.NewValue(v.Name, v.Data)
		must(t, err)
		if v.Name == "" && c.shell.link.plain {
			continue // the Japanese reg.exe names it otherwise; HTTPS proves it
		}
		must(t, c.Set(ctx, key, want))
		got, err := c.Value(ctx, key, v.Name)
		if err != nil || !got.Same(want) || got.Name != want.Name {
			t.Errorf("%q: %+v %v, want %+v", v.Name, got, err, want)
		}
		must(t, c.Delete(ctx, key, v.Name))
	}
	for _, e := range []struct {
		what      string
		err, want error
	}{
		{"a key that is there", c.CreateKey(ctx, key), registry.ErrExist},
		{"a key without parent", c.CreateKey(ctx, key+`\a\b`), registry.ErrNotExist},
		{"a missing value", c.Delete(ctx, key, "none"), registry.ErrNotExist},
	} {
		if !errors.Is(e.err, e.want) {
			t.Errorf("%s: %v, want %v", e.what, e.err, e.want)
		}
	}
	must(t, c.DeleteKey(ctx, key))
}

// Proves that characters that XML does not carry are refused before anything is
// run, instead of reaching the machine as others.
func TestNotCarried(t *testing.T) {
	m := newMachine("en")
	winrmtest.Start(t, m.Server, nil)
	c, err := Open(t.Context(), target(5986), m.options(t, false))
	must(t, err)
	defer c.Close()
	for _, name := range []string{"a\x01", "a\x1bb", "\ufffe", "\xff", "a\rb"} {
		if _, err := c.Value(t.Context(), base+`\`+name, "x"); err == nil || errors.Is(err, registry.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if lines := m.Lines(); len(lines) != 1 {
		t.Errorf("ran %q", lines)
	}
}

// Proves how few requests a machine takes: one log-in, one shell, three requests
// for a command whose output fits into one answer, and more for more.
func TestFewRequests(t *testing.T) {
	m := newMachine("en")
	winrmtest.Start(t, m.Server, nil)
	for i := range 3000 {
		m.reg.Put(fmt.Sprintf(`%s\%d`, base, i), "name", host.String(strings.Repeat("x", 40)))
	}
	c, err := Open(t.Context(), target(PlainPort), m.options(t, false))
	must(t, err)
	below, err := c.Subkeys(t.Context(), base)
	must(t, err)
	v, err := c.Value(t.Context(), base+`\2999`, "name")
	if err != nil || len(below) != 3000 || v.Data().Text != strings.Repeat("x", 40) {
		t.Errorf("%d keys, %+v, %v", len(below), v, err)
	}
	must(t, c.Close())
	got := map[string]int{}
	for _, a := range m.Actions() {
		got[a]++
	}
	if got["Create"] != 1 || got["Delete"] != 1 || got["Command"] != len(m.Lines()) || got["Signal"] != got["Command"] || got["Receive"] < 6 || got["Receive"] > 12 || m.Logins() != 1 {
		t.Errorf("%v with %d commands and %d log-ins", got, len(m.Lines()), m.Logins())
	}
}

// Proves that the end of the caller's context ends a command that never does, and
// that the shell is closed all the same, over a connection of its own.
func TestStopped(t *testing.T) {
	for _, port := range []int{5986, PlainPort} {
		m := newMachine("en")
		ctx, cancel := context.WithCancel(t.Context())
		requests := 0
		m.Answer = func(http.ResponseWriter, *http.Request) bool {
			if requests++; requests == 12 {
				cancel()
			}
			return false
		}
		winrmtest.Start(t, m.Server, nil)
		c, err := Open(t.Context(), target(port), m.options(t, false))
		must(t, err)
		m.Waits = 1 << 30
		_, err = c.Values(ctx, base)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), ": stopped") {
			t.Errorf("%d: %v", port, err)
		}
		must(t, c.Close())
		if created, open := m.Shells(); created != 1 || open != 0 || m.Logins() != 2 {
			t.Errorf("%d: %d shells were opened, %d still are, %d log-ins", port, created, open, m.Logins())
		}
	}
}

// Proves that a time limit ends a machine that says forever that a command runs.
func TestTooLong(t *testing.T) {
	m := newMachine("en")
	m.Waits = 1 << 30
	winrmtest.Start(t, m.Server, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, target(5986), m.options(t, false))
	if err == nil || !strings.Contains(err.Error(), "within the time limit") {
		t.Error(err)
	}
	if _, open := m.Shells(); open != 0 {
		t.Errorf("%d shells are still open", open)
	}
}

// Proves that a shell that the machine has closed is opened anew, and that a
// connection that was not used for long is made anew with a log-in.
func TestForgotten(t *testing.T) {
	m := newMachine("en")
	winrmtest.Start(t, m.Server, nil)
	c, err := Open(t.Context(), target(PlainPort), m.options(t, false))
	must(t, err)
	m.CloseShells()
	_, err = c.Values(t.Context(), base)
	must(t, err)
	later := time.Now().Add(maxIdle + time.Minute)
	c.shell.link.now = func() time.Time { return later }
	_, err = c.Values(t.Context(), base+`\none`)
	if !errors.Is(err, registry.ErrNotExist) {
		t.Error(err)
	}
	must(t, c.Close())
	if created, open := m.Shells(); created != 2 || open != 0 || m.Logins() != 2 {
		t.Errorf("%d shells were opened, %d still are, %d log-ins", created, open, m.Logins())
	}
	if lines := m.Lines(); !slices.IsSortedFunc(lines[1:], strings.Compare) || len(lines) < 3 {
		t.Errorf("ran %q", lines)
	}
}
