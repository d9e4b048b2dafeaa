package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/message"
)

// Proves how each form of an address is read, and that it is written as it was
// meant.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want Target
		id   string
	}{
		{"smb://admin@fs01", Target{Scheme: "smb", User: "admin", Host: "fs01", Port: 445}, "fs01"},
		{"SMB://admin@FS01.example.com/", Target{Scheme: "smb", User: "admin", Host: "fs01.example.com", Port: 445}, "fs01.example.com"},
		{`smb://CORP\admin@fs01:1445`, Target{Scheme: "smb", User: "admin", Domain: "CORP", Host: "fs01", Port: 1445}, "fs01:1445"},
		{"smb://admin@corp.example@fs01", Target{Scheme: "smb", User: "admin@corp.example", Host: "fs01", Port: 445}, "fs01"},
		{"ssh://fs01", Target{Scheme: "ssh", Host: "fs01", Port: 22}, "fs01"},
		{"ssh://a@[2001:db8::1]:2222", Target{Scheme: "ssh", User: "a", Host: "2001:db8::1", Port: 2222}, "[2001:db8::1]:2222"},
		{"ssh://a@[2001:db8::1]", Target{Scheme: "ssh", User: "a", Host: "2001:db8::1", Port: 22}, "2001:db8::1"},
		{"smb://管理者@サーバー", Target{Scheme: "smb", User: "管理者", Host: "サーバー", Port: 445}, "サーバー"},
	} {
		got, err := Parse(c.text)
		if err != nil || got != c.want || got.ID() != c.id || !IsTarget(c.text) {
			t.Errorf("%s: %+v %v, want %+v", c.text, got, err, c.want)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%s is written %s, which is read %+v (%v)", c.text, got, again, err)
		}
	}
}

// Proves that a wrong address is refused with what is wrong, and that a password
// in it is not repeated.
func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"smb://admin:Secret-1@fs01", "password"},
		{"smb://admin:Secret-1@b@fs01", "password"},
		{"smb://admin@", "no machine"},
		{"smb://admin@fs01:0", "port"},
		{"smb://admin@fs01:70000", "port"},
		{"smb://admin@fs01:445:Secret-1x", "port"},
		{"smb://admin@fs01/c$", "no machine"},
		{"smb://admin@-oProxyCommand", "no machine"},
		{"smb://admin@a b", "no machine"},
		{"ssh://[[", "no machine"},
		{"ssh://a\xbd", "UTF-8"},
		{"ssh://[a:b]:22", "address"},
		{`smb://CORP\@fs01`, "without a user"},
		{"smb://ad\x07min@fs01", "control character"},
		{"telnet://fs01", "no machine that tlsready can reach"},
	} {
		_, err := Parse(c.text)
		hint := message.English(message.HintOf(err))
		if err == nil || !strings.Contains(err.Error(), c.want) || hint == "" {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		} else if shown := err.Error() + hint; strings.Contains(shown, "Secret-1@") || strings.Contains(shown, ":Secret-1@") {
			t.Errorf("%q: the password is in %q", c.text, shown)
		}
	}
	for _, text := range []string{"fs01.reg", `C:\smb\x`, "local:", "-", "http://fs01"} {
		if IsTarget(text) {
			t.Errorf("%q is taken for a machine", text)
		}
	}
}

// FuzzParse proves that an address that is taken names a machine, and is written
// as it was read.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`smb://CORP\admin@fs01:1445`, "ssh://a@[::1]:22", "winrm://a@b/", "smb://:@"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(got.String()); err != nil || again != got || got.Host == "" {
			t.Errorf("%q: %+v, again %+v (%v)", text, got, again, err)
		}
	})
}

// Proves that no way of printing a secret shows it.
func TestSecretIsHidden(t *testing.T) {
	const text = "Correct-Horse-7"
	s := NewSecret(text)
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %d %v", s, s, s, s, s, s, s, struct{ Password Secret }{s})
	encoded, err := json.Marshal(map[string]any{"password": s, "pointer": &s})
	if err != nil {
		t.Fatal(err)
	}
	shown += string(encoded)
	if strings.Contains(shown, text) || strings.Contains(shown, fmt.Sprintf("%x", text)) || !strings.Contains(shown, hidden) {
		t.Errorf("shown: %s", shown)
	}
	if s.Reveal() != text {
		t.Error("the secret is lost")
	}
}

// Proves where a password comes from, and that an account is asked for once.
func TestPasswords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("\ufefffrom 表 file\r\nsecond line\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	asked := []string{}
	ask := func(_ context.Context, account string) (string, error) {
		asked = append(asked, account)
		return "typed", nil
	}
	target := Target{Scheme: "smb", User: "admin", Domain: "CORP", Host: "fs01"}
	for _, c := range []struct {
		name       string
		p          *Passwords
		want, fail string
	}{
		{"file", &Passwords{File: file, Environment: "env", Ask: ask}, "from 表 file", ""},
		{"environment", &Passwords{Environment: "env", Ask: ask}, "env", ""},
		{"typed", &Passwords{Ask: ask}, "typed", ""},
		{"nothing", &Passwords{}, "", "no password"},
		{"empty file", &Passwords{File: empty}, "", "is empty"},
		{"no file", &Passwords{File: file + "x"}, "", "cannot be read"},
	} {
		for range 2 {
			s, err := c.p.Find(t.Context(), target)
			if s.Reveal() != c.want || (c.fail != "") != (err != nil) || err != nil && !strings.Contains(err.Error(), c.fail) {
				t.Errorf("%s: %q %v", c.name, s.Reveal(), err)
			}
		}
	}
	if len(asked) != 1 || asked[0] != `CORP\admin` {
		t.Errorf("asked %q", asked)
	}
}
