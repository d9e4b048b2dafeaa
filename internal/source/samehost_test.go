package source_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/source"
	"tlsready/internal/source/sourcetest"
)

const (
	adHead  = "DistinguishedName,Name,DNSHostName,OperatingSystem,OperatingSystemVersion,管理部署\n"
	fs01reg = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL]\r\n\r\n"
)

func adRow(name, domain string) string {
	return "\"CN=" + name + "\"," + name + "," + name + "." + domain + ",Windows Server 2012 R2 Standard,6.3 (9600),営業部\n"
}

// nameCase is a set of lists and files, and the hosts that they are.
type nameCase struct {
	name  string
	files map[string]string // by path
	args  []string          // nil: the folder
	want  []string          // ids; "!" before one that cannot be read
	warns string
}

func nameCases() []nameCase {
	return []nameCase{
		{
			"a list and an export that lacks the system",
			map[string]string{"ad.csv": adHead + adRow("FS01", "example.com") + adRow("FS02", "example.com"), "FS01.reg": fs01reg},
			[]string{"ad.csv", "FS01.reg"},
			[]string{"FS01", "fs02.example.com"},
			"",
		},
		{
			"a list and its vault, by name and by domain name",
			map[string]string{"ad.csv": adHead + adRow("FS01", "example.com"), "vault.csv": "Computer name,Backup management type\nfs01,MAB\nFS09,MAB\n"},
			[]string{"ad.csv", "vault.csv"},
			[]string{"fs01.example.com", "!FS09"},
			"",
		},
		{
			"one name in two domains of a list",
			map[string]string{"ad.csv": adHead + adRow("FS01", "a.example.com") + adRow("FS01", "b.example.com"), "FS01.reg": fs01reg},
			[]string{"ad.csv", "FS01.reg"},
			[]string{"!FS01", "fs01.a.example.com", "fs01.b.example.com"},
			"fs01",
		},
		{
			"one name in two folders",
			map[string]string{"ad.csv": adHead + adRow("FS01", "example.com"), "osaka/FS01.reg": fs01reg, "osaka/x.json": "{}", "tokyo/FS01.reg": fs01reg, "tokyo/x.json": "{}"},
			nil,
			[]string{"ad/fs01.example.com", "!osaka/FS01", "!osaka/x", "!tokyo/FS01", "!tokyo/x"},
			"fs01",
		},
		{
			"a list of one customer is not about another",
			map[string]string{"acme/ad.csv": adHead + adRow("FS01", "example.com"), "contoso/FS01.reg": fs01reg, "contoso/x.json": "{}"},
			nil,
			[]string{"acme/ad/fs01.example.com", "!contoso/FS01", "!contoso/x"},
			"",
		},
		{
			"a list above the folder of the host",
			map[string]string{"ad.csv": adHead + adRow("FS01", "example.com"), "osaka/FS01.reg": fs01reg, "osaka/x.json": "{}"},
			nil,
			[]string{"osaka/FS01", "!osaka/x"},
			"",
		},
		{
			"three lists of one host",
			map[string]string{"ad.csv": adHead + adRow("FS01", "example.com"), "owners.csv": "Name,Owner\nFS01,backup-team\n", "vault.csv": "FQDN,Backup management type\nfs01.example.com,MAB\n"},
			[]string{"ad.csv", "owners.csv", "vault.csv"},
			[]string{"fs01.example.com"},
			"",
		},
	}
}

// TestListsAndFiles proves which rows of lists are read with which files, and that what
// could be two hosts stays apart.
func TestListsAndFiles(t *testing.T) {
	for _, c := range nameCases() {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.files {
				sourcetest.Write(t, filepath.Join(dir, filepath.Dir(name)), filepath.Base(name), []byte(text))
			}
			args := []string{dir}
			for i, a := range c.args {
				args = append(args[:i], filepath.Join(dir, a))
			}
			hosts, ids, warnings := sourcetest.Read(t, source.Options{}, args...)
			for i, id := range ids {
				ids[i] = strings.ToLower(id)
				if hosts[id].Err != nil {
					ids[i] = "!" + ids[i]
				}
			}
			want := slices.Clone(c.want)
			for i := range want {
				want[i] = strings.ToLower(want[i])
			}
			if !slices.Equal(ids, want) {
				t.Errorf("hosts %q, want %q", ids, want)
			}
			told := slices.IndexFunc(warnings, func(w string) bool { return strings.Contains(w, "more than one host") })
			if (told >= 0) != (c.warns != "") || told >= 0 && !strings.Contains(warnings[told], c.warns) {
				t.Errorf("warnings %q", warnings)
			}
		})
	}
}
