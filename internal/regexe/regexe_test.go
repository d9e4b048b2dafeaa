package regexe_test

import (
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/regexe"
)

// Proves the line that each shell is given for a value, and which shells refuse
// it ("").
func TestAdd(t *testing.T) {
	const key = `HKLM\SOFTWARE\X`
	for _, c := range []struct {
		name                               string
		data                               host.Data
		batch, console, cmd, powershell    string // what follows the key
		noBatch, noConsole, noCmd, noPower bool
	}{
		{
			name: "Enabled", data: host.Dword(1),
			batch: `/v "Enabled" /t REG_DWORD /d 1 /f`, console: `/v Enabled /t REG_DWORD /d 1 /f`,
			cmd: `/v "Enabled" /t REG_DWORD /d 1 /f`, powershell: `/v 'Enabled' /t REG_DWORD /d 1 /f`,
		},
		{
			name: "a b", data: host.Multi("a,b", `c\d`),
			batch: `/v "a b" /t REG_MULTI_SZ /d "a,b\0c\d" /f`, console: `/v "a b" /t REG_MULTI_SZ /d "a,b\0c\d" /f`,
			cmd: `/v "a b" /t REG_MULTI_SZ /d "a,b\0c\d" /f`, powershell: `/v 'a b' /t REG_MULTI_SZ /d 'a,b\0c\d' /f`,
		},
		{
			name: "", data: host.String(`C:\a b\`), noPower: true,
			batch: `/ve /t REG_SZ /d "C:\a b\\" /f`, console: `/ve /t REG_SZ /d "C:\a b\\" /f`, cmd: `/ve /t REG_SZ /d "C:\a b\\" /f`,
		},
		{
			name: "p", data: host.Data{Type: host.ExpandSZ, Text: "%TEMP%"}, noConsole: true, noCmd: true,
			batch: `/v "p" /t REG_EXPAND_SZ /d "%%TEMP%%" /f`, powershell: `/v 'p' /t REG_EXPAND_SZ /d '%TEMP%' /f`,
		},
		{
			name: "e", data: host.String(""),
			batch: `/v "e" /t REG_SZ /f`, console: `/v e /t REG_SZ /f`, cmd: `/v "e" /t REG_SZ /f`, powershell: `/v 'e' /t REG_SZ /f`,
		},
		{
			name: "b", data: host.Data{Type: host.Binary, Bytes: []byte{0, 0xff}},
			batch: `/v "b" /t REG_BINARY /d 00FF /f`, console: `/v b /t REG_BINARY /d 00FF /f`, cmd: `/v "b" /t REG_BINARY /d 00FF /f`, powershell: `/v 'b' /t REG_BINARY /d 00FF /f`,
		},
		{name: "q", data: host.String(`say "a"`), noBatch: true, noConsole: true, noCmd: true, noPower: true},
		{name: "t", data: host.String("a\tb"), noBatch: true, noConsole: true, cmd: "/v \"t\" /t REG_SZ /d \"a\tb\" /f", powershell: "/v 't' /t REG_SZ /d 'a\tb' /f"},
	} {
		command, err := regexe.Add(key, c.name, c.data, regexe.NoView)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, s := range []struct {
			shell   regexe.Shell
			want    string
			refused bool
			quote   string
		}{
			{regexe.Batch, c.batch, c.noBatch, `"`},
			{regexe.Console, c.console, c.noConsole, `"`},
			{regexe.Cmd, c.cmd, c.noCmd, `"`},
			{regexe.PowerShell, c.powershell, c.noPower, `'`},
		} {
			got, err := command.In(s.shell)
			if (err != nil) != s.refused || err == nil && got != "reg add "+s.quote+key+s.quote+" "+s.want {
				t.Errorf("%q in shell %d: %q, %v; want %q", c.name, s.shell, got, err, s.want)
			}
		}
	}
}

// Proves that the view that was asked for stands at the end, and none elsewhere.
func TestViews(t *testing.T) {
	for view, want := range map[regexe.View]string{regexe.NoView: "/f", regexe.View64: "/f /reg:64", regexe.View32: "/f /reg:32"} {
		line, err := regexe.Delete(`HKLM\SOFTWARE\X`, "a", view).In(regexe.Batch)
		if err != nil || line != `reg delete "HKLM\SOFTWARE\X" /v "a" `+want {
			t.Errorf("%q, %v", line, err)
		}
	}
}

// Proves that data which reg.exe would store otherwise are refused.
func TestDataText(t *testing.T) {
	for _, d := range []host.Data{host.Multi(`a\0b`), host.Multi(`a\`, "b"), host.Multi("a", ""), {Type: "REG_LINK", Bytes: []byte{1}}, {}} {
		if text, err := regexe.DataText(d); err == nil {
			t.Errorf("%+v is %q", d, text)
		}
	}
}

// FuzzQuote proves that a quoted word stays one word for the program that is
// called: quotes at both ends, none between, no odd number of backslashes before
// the last one.
func FuzzQuote(f *testing.F) {
	for _, text := range []string{`HKLM\SOFTWARE\a b`, "it's", `a"b`, "%x%", `\`, `a b\\`, "\u2019"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range []regexe.Shell{regexe.Batch, regexe.Console, regexe.Cmd} {
			quoted, err := s.Quote(text)
			if err != nil {
				continue
			}
			inside := quoted[1 : len(quoted)-1]
			slashes := len(inside) - len(strings.TrimRight(inside, `\`))
			if quoted[0] != '"' || quoted[len(quoted)-1] != '"' || strings.Contains(inside, `"`) || slashes%2 == 1 {
				t.Errorf("%q became %q", text, quoted)
			}
		}
	})
}
