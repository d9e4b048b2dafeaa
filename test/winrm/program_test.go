//go:build linux

package winrm

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/cli"
	"tlsready/internal/cli/frame"
	"tlsready/internal/host"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source/remote/regcmd/regcmdtest"
	"tlsready/internal/source/remote/winrm/winrmtest"
)

// inMemory is a WinRM service with a reg.exe over a registry in memory.
func inMemory(t *testing.T) (*winrmtest.Server, *registrytest.Memory) {
	t.Helper()
	m := registrytest.NewMemory()
	for _, v := range settings() {
		m.Put(v.Key, v.Name, v.Data)
	}
	m.Put(`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE", host.String("AMD64"))
	m.Put(`HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, "Release", host.Dword(379893))
	reg := &regcmdtest.Reg{Memory: m, Quote: '"', Language: "en"}
	s := &winrmtest.Server{User: account, Domain: "CORP", Password: password}
	s.Run = func(line string) (out, errs []byte, status int) {
		if line == "ver" {
			return []byte("\r\nMicrosoft Windows [Version 6.3.9600]\r\n"), nil, 0
		}
		out, text, status, err := reg.Run(context.Background(), line)
		if err != nil {
			t.Error(err)
		}
		return out, []byte(text), status
	}
	return winrmtest.Start(t, s, nil), m
}

// Proves end to end that check and collect read a machine, that fix --apply
// changes it, that fix --undo takes that back so that the registry is as it was,
// and that the password is in nothing that the program writes, nor sent.
func TestProgram(t *testing.T) {
	s, m := inMemory(t)
	_, secure := s.Addresses()
	_, port, err := net.SplitHostPort(secure)
	must(t, err)
	url, dir := "winrm://"+account+"@localhost:"+port, t.TempDir()
	env := []string{"TLSREADY_PASSWORD=" + password, "TLSREADY_WINRM_CA=" + s.CA(t)}
	run := func(args ...string) (int, string) {
		t.Helper()
		var out, errs strings.Builder
		code := cli.Run(t.Context(), append(args, "--lang", "en"), cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, env)
		text := out.String() + errs.String()
		if strings.Contains(text, password) {
			t.Errorf("%v shows the password: %s", args, text)
		}
		return code, text
	}
	before := m.Dump()
	job := []string{"--service", "azure-backup", "--on", "2021-09-01", "--caller", "mars"}
	if code, text := run(append([]string{"check", url}, job...)...); code != frame.ExitFails || !strings.Contains(text, "localhost") {
		t.Errorf("check: %d %s", code, text)
	}
	if code, text := run("collect", url); code != 0 || !strings.Contains(text, "SchUseStrongCrypto") {
		t.Errorf("collect: %d %s", code, text)
	}
	if code, text := run(append([]string{"fix", url, "--apply", "--yes", "--dir", dir}, job...)...); !strings.Contains(text, "values were changed and read back") || m.Dump() == before {
		t.Fatalf("fix --apply: %d %s", code, text)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	if len(files) == 0 {
		t.Fatal("there is no undo")
	}
	for _, f := range files {
		saved, err := os.ReadFile(f)
		must(t, err)
		if strings.Contains(string(saved), password) {
			t.Errorf("%s holds the password", f)
		}
	}
	if code, text := run("fix", url, "--undo", files[0], "--yes"); code != 0 || m.Dump() != before {
		t.Errorf("fix --undo: %d %s\nbefore\n%s\nafter\n%s", code, text, before, m.Dump())
	}
	if created, open := s.Shells(); created < 3 || open != 0 || strings.Contains(s.Seen(), password) {
		t.Errorf("%d shells were opened, %d still are; password sent: %v", created, open, strings.Contains(s.Seen(), password))
	}
}

// Proves that the program tells a wrong password, a certificate that is not
// trusted and a client certificate that is missing apart, with exit status and
// hint.
func TestProgramRefuses(t *testing.T) {
	s, _ := inMemory(t)
	_, secure := s.Addresses()
	_, port, err := net.SplitHostPort(secure)
	must(t, err)
	url := "winrm://" + account + "@localhost:" + port
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"TLSREADY_PASSWORD=" + password + "x", "TLSREADY_WINRM_CA=" + s.CA(t)}, "did not take user and password"},
		{[]string{"TLSREADY_PASSWORD=" + password}, "TLSREADY_WINRM_CA"},
		{[]string{"TLSREADY_WINRM_CA=" + s.CA(t)}, "no password is given"},
		{[]string{"TLSREADY_WINRM_CA=" + s.CA(t), "TLSREADY_WINRM_CERT=none.pem", "TLSREADY_WINRM_KEY=none.pem"}, "client certificate cannot be used"},
	} {
		var out, errs strings.Builder
		code := cli.Run(t.Context(), []string{"check", url, "--service", "azure-backup", "--on", "2021-09-01", "--lang", "en"}, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, c.env)
		text := strings.Join(strings.Fields(out.String()+errs.String()), " ")
		if code != frame.ExitIncomplete || !strings.Contains(text, c.want) || strings.Contains(text, password) {
			t.Errorf("%d %s, want %q", code, text, c.want)
		}
	}
}
