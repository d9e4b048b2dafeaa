package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source/remote"
	"tlsready/internal/survey"
)

// Proves that if the machine goes away half-way and takes no new connection, the user is
// told that the connection was lost, what is not known, and the command that restores;
// and that this command does restore, over a new connection.
func TestApplyLost(t *testing.T) {
	for _, lang := range message.Languages() {
		for _, fault := range []registrytest.Fault{registrytest.DoneError, registrytest.Refused} {
			c := newChange(t)
			c.lang, c.scheme, c.refused = lang, "smb", 2
			before := c.memory.Dump()
			c.writer = &gone{Faulty: registrytest.Faulty{Writer: c.memory, Fault: fault, Forever: true}}
			err := c.apply(t, applyFlags{yes: true})
			user := c.app.Ending(err)
			if user.Code != frame.ExitIncomplete {
				t.Fatal(err)
			}
			words := message.For(lang)
			doubtful := strings.TrimSuffix(words.Text("survey.apply.with-doubtful", message.Str("known", ""), message.Str("what", "")), " ")
			for _, want := range []string{"FS01", errGone.Error(), doubtful, dotNet} {
				if !strings.Contains(user.Msg, want) {
					t.Errorf("%s: %q is not in %q", lang, want, user.Msg)
				}
			}
			if !strings.Contains(user.Hint, "--undo "+c.undoFile(t)) || strings.Contains(user.Msg+user.Hint, "{") {
				t.Errorf("%s: hint %q", lang, user.Hint)
			}
			c.writer, c.refused = c.memory, 0
			if err := c.undo(t, applyFlags{yes: true}); err != nil || c.memory.Dump() != before {
				t.Errorf("%s: undo: %v\n%s", lang, err, c.memory.Dump())
			}
		}
	}
}

// errGone is the error of a machine that went away.
var errGone = errors.New("connection reset by peer")

// gone is a machine that answers nothing, not even questions, once a write failed.
type gone struct{ registrytest.Faulty }

func (g *gone) Values(ctx context.Context, key string) ([]registry.Value, error) {
	if g.Calls > g.At {
		return nil, errGone
	}
	return g.Faulty.Values(ctx, key)
}

func (g *gone) Subkeys(ctx context.Context, key string) ([]string, error) {
	if g.Calls > g.At {
		return nil, errGone
	}
	return g.Faulty.Subkeys(ctx, key)
}

func (g *gone) Set(ctx context.Context, key string, v registry.Value) error {
	if err := g.Faulty.Set(ctx, key, v); err != nil {
		return errGone
	}
	return nil
}

// Proves that if a second connection can be made, everything is taken back over it, and
// that this is said.
func TestApplyTakenBack(t *testing.T) {
	for _, lang := range message.Languages() {
		c := newChange(t)
		c.lang, c.second = lang, c.memory
		before := c.memory.Dump()
		c.writer = &gone{Faulty: registrytest.Faulty{Writer: c.memory, Fault: registrytest.DoneError, Forever: true}}
		err := c.apply(t, applyFlags{yes: true})
		want := message.For(lang).Text("survey.error.apply-restored", message.Str("host", "FS01"), message.Str("why", errGone.Error()), message.Int("n", 1))
		if err == nil || c.app.Ending(err).Msg != want || c.memory.Dump() != before || c.opened != 2 {
			t.Errorf("%s: %v after %d connections\n%s", lang, err, c.opened, c.memory.Dump())
		}
		c.noUndoFile(t)
	}
}

// Proves that a refused write names account, right and key on every kind of
// machine in both languages, with the hint that fits it.
func TestDeniedNamesTheRight(t *testing.T) {
	denied := fmt.Errorf("%s: %w", dotNet, registry.ErrDenied)
	for scheme, hint := range map[string]string{"local": "apply-elevation", "smb": "apply-denied-network", "winrm": "apply-denied-network", "ssh": "apply-denied-ssh"} {
		for _, lang := range message.Languages() {
			c := newChange(t)
			c.lang, c.scheme = lang, scheme
			words := message.For(lang)
			account := words.Text("survey.apply.this-account")
			if scheme != "local" {
				c.account, account = `CORP\admin`, `CORP\admin`
			}
			c.writer = &registrytest.Faulty{Writer: c.memory, Err: denied}
			user := c.said(t)
			for _, want := range []string{account, words.Text("survey.apply.right.set"), dotNet} {
				if !strings.Contains(user.Msg, want) {
					t.Errorf("%s, %s: %q is not in %q", scheme, lang, want, user.Msg)
				}
			}
			if user.Hint != words.Text("survey.hint."+hint) {
				t.Errorf("%s, %s: hint %q", scheme, lang, user.Hint)
			}
			c.noUndoFile(t)
		}
	}
}

// Proves that a machine that could be read but takes no connection for the change
// is said to be as before, with what its source advises.
func TestUnreachedToChange(t *testing.T) {
	c := newChange(t)
	c.refused = 1
	before := c.memory.Dump()
	if user := c.said(t); !strings.Contains(user.Msg, "it is as before: connection refused") || user.Code != frame.ExitIncomplete {
		t.Errorf("error %+v", user)
	}
	if c.memory.Dump() != before {
		t.Error("it was changed")
	}
	c.noUndoFile(t)
	c.refusal = message.Error("registry.denied").Hinted("peer.hint.late")
	c.opened = 0
	if user := c.said(t); !strings.Contains(user.Hint, "longer time limit") {
		t.Errorf("hint %q", user.Hint)
	}
}

// Proves that machines are known by the same id and URL to the source that reads
// them and to the one that changes them, and that no password comes through.
func TestTargetIsTheSource(t *testing.T) {
	app := newChange(t).applying(t).app
	far := app.remoteOptions(&sourceFlags{})
	for url, want := range map[string][3]string{
		`SMB://CORP\admin@FS01`:         {"fs01", `smb://CORP\admin@fs01`, `CORP\admin`},
		"ssh://admin@fs01:2222":         {"fs01:2222", "ssh://admin@fs01:2222", "admin"},
		"winrm://admin@fs01.corp":       {"fs01.corp", "winrm://admin@fs01.corp", "admin"},
		"smb://admin@[2001:DB8::1]:445": {"2001:db8::1", "smb://admin@[2001:db8::1]", "admin"},
	} {
		got, err := survey.MachineAt(url, far)
		if err != nil || got.ID != want[0] || got.URL != want[1] || got.Account != want[2] || !got.MayWrite {
			t.Errorf("%s: %+v %v", url, got, err)
			continue
		}
		for _, s := range remote.Schemes(far) {
			if s.Name == got.Scheme {
				if id, err := s.ID(url); err != nil || id != got.ID {
					t.Errorf("%s: the source calls it %s (%v)", url, id, err)
				}
			}
		}
	}
	_, err := survey.MachineAt("smb://admin:Secret-1@fs01", far)
	if user := app.Ending(err); user.Hint == "" || user.Code != frame.ExitUsage || strings.Contains(user.Msg+user.Hint, "Secret-1") {
		t.Errorf("a password: %+v", user)
	}
	if again := app.remoteOptions(&sourceFlags{}); again.Passwords != far.Passwords {
		t.Error("a password would be asked for twice")
	}
}

// Proves that if the result is JSON, a machine that was changed has a JSON line that
// names its undo file, even if it is the only one.
func TestApplyLine(t *testing.T) {
	c := newChange(t)
	applying := c.applying(t)
	c.app.JSON = true
	r, list := c.run(t)
	if err := applying.apply(t.Context(), r, judged(list, "memory:"), &applyFlags{yes: true}); err != nil {
		t.Fatal(err)
	}
	var line struct{ Host, Outcome, Verdict, Undo string }
	if err := json.Unmarshal([]byte(c.stderr.String()), &line); err != nil || line.Host != "FS01" || line.Outcome != "changed" || line.Verdict != "connects" || line.Undo != c.undoFile(t) {
		t.Errorf("%v: %s", err, c.stderr.String())
	}
}
