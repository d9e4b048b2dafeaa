package files_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
)

// reportXML is a report as gpresult writes it on a Japanese system.
func reportXML(tb testing.TB) string {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "gpresult.xml"))
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

func readReport(data []byte) (*host.Snapshot, error) {
	in := source.Input{Path: "report.xml", ID: "report", Files: []source.File{{Path: "report.xml", Data: data}}}
	list, err := files.PolicyReport().Read(in, source.Options{})
	if err != nil {
		return nil, err
	}
	return list[0].Snapshot, nil
}

// Proves that the winning policy object of each value is found, in UTF-16 as gpresult writes it
// and in UTF-8: of values, templates and preferences, of computer and user, without those that
// are denied or lose.
func TestPolicyReport(t *testing.T) {
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(reportXML(t), "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"UTF-8": reportXML(t), "UTF-16": wide} {
		if !files.PolicyReport().Sniff([]byte(data)[:4096], "x.xml") {
			t.Errorf("%s is not recognised", name)
		}
		s, err := readReport([]byte(data))
		if err != nil {
			t.Fatal(name, err)
		}
		var got []string
		for _, p := range s.Policies {
			got = append(got, strings.TrimSpace(p.GPO+" | "+p.Key+" | "+p.Name+" "+p.Display()))
		}
		want := []string{
			`LocalGPO | HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings | SecureProtocols 160 (0xa0)`,
			`Baseline 2019 | HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp | **del.DefaultSecureProtocols`,
			`TLS 設定 | HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002 | Functions`,
			`TLS 設定 | HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings | SecureProtocols`,
			`Old baseline | HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319 | SystemDefaultTlsVersions`,
			`Baseline 2019 | HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client | Enabled 0`,
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: got\n%s", name, strings.Join(got, "\n"))
		}
		if s.Name != "FS01.example.com" || len(s.Notes) > 0 || len(s.Registry)+len(s.Covered) > 0 {
			t.Errorf("%s: %s %v %v", name, s.Name, s.Notes, s.Registry)
		}
	}
}

// Proves what is said of reports that are cut, hold the user's half alone, failed in part, name
// nothing, or contradict themselves: nothing of it is taken for a host without policies.
func TestPolicyReportOdd(t *testing.T) {
	whole := reportXML(t)
	userOnly := whole[:strings.Index(whole, "  <ComputerResults>")] + whole[strings.Index(whole, "  <UserResults>"):]
	for name, test := range map[string]struct{ text, want string }{
		"cut":        {whole[:len(whole)/2], "ends too early"},
		"user only":  {userOnly, "user's half alone"},
		"no XML":     {strings.Replace(whole, "<DataType>", "<DataType", 1), "XML syntax error"},
		"another":    {"<?xml version=\"1.0\"?><Other/>", "Other"},
		"failed":     {strings.Replace(whole, "<Error>0</Error>", "<Error>1274</Error>", 1), "failed"},
		"not logged": {strings.Replace(whole, "<LoggingStatus>Complete", "<LoggingStatus>Failed", 1), "failed"},
		"none":       {whole[:strings.Index(whole, "    <ExtensionData>")] + "</ComputerResults></Rsop>", "names no registry value"},
	} {
		s, err := readReport([]byte(test.text))
		said := ""
		if err != nil {
			said = err.Error()
		} else {
			for _, n := range s.Notes {
				said += message.English(n)
			}
		}
		if !strings.Contains(said, test.want) {
			t.Errorf("%s: %q", name, said)
		}
	}
	both := strings.ReplaceAll(whole, "Wow6432Node\\Microsoft\\.NETFramework\\v4.0.30319", "SYSTEM-no")
	both = strings.ReplaceAll(both, "**del.DefaultSecureProtocols", "DefaultSecureProtocols")
	both = strings.Replace(both, "SOFTWARE\\SYSTEM-no", "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp", 1)
	both = strings.Replace(both, "<VALUE>SystemDefaultTlsVersions</VALUE>", "<VALUE>DefaultSecureProtocols</VALUE>", 1)
	s, err := readReport([]byte(both))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Policies {
		if p.Name == "DefaultSecureProtocols" && p.GPO != "Baseline 2019, Old baseline" {
			t.Errorf("a policy and a preference that both write a value: %+v", p)
		}
	}
}

// FuzzPolicyReport proves that no report panics, and that every value that is read lies below a
// root and names a policy object.
func FuzzPolicyReport(f *testing.F) {
	f.Add([]byte(reportXML(f)))
	f.Add([]byte("\xff\xfe<\x00R\x00"))
	f.Add([]byte(`<Rsop><ComputerResults><ExtensionData><Extension><RegistrySetting><KeyPath>a</KeyPath><Value><Name/><Number>99999999999</Number></Value></RegistrySetting></Extension></ExtensionData></ComputerResults></Rsop>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := readReport(data)
		if err != nil {
			return
		}
		for _, p := range s.Policies {
			if !host.IsKey(p.Key) || p.GPO == "" {
				t.Errorf("%+v", p)
			}
		}
	})
}
