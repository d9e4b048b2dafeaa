package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/testkit/cases"
)

// program runs the real command line in this process.
func program(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = Run(context.Background(), args, Streams{Out: &o, Err: &e}, []string{"LANG=C"})
	return status, o.String(), e.String()
}

func guideOf(t *testing.T, id string) document.Guide {
	t.Helper()
	status, out, errs := program(t, "services", "guide", id, "--today", "2021-06-15", "--json")
	if status != 0 {
		t.Fatal(errs)
	}
	var g document.Guide
	if err := json.Unmarshal([]byte(out), &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestAnnouncement holds the page of azure-backup against what was announced, and
// writes it in both languages.
func TestAnnouncement(t *testing.T) {
	cases.Announcement(t, guideOf(t, "azure-backup"))
	for _, lang := range []string{"en", "ja"} {
		if status, out, _ := program(t, "services", "guide", "azure-backup", "--lang", lang); status != 0 || !strings.Contains(out, "2021-09-01") || !strings.Contains(out, "reg add") {
			t.Errorf("%s: status %d:\n%s", lang, status, out)
		}
	}
}

// bareHost writes a snapshot of a system on which nothing is set.
func bareHost(t *testing.T, os host.OS, values ...host.Value) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fs01.json")
	write(t, path, cases.BareHost(t, os, values...))
	return path
}

// TestDocumentedRecipe proves that fix --documented --as cmd writes the vendor's
// recipe line by line: four reg add lines from 2012 R2 to 2016, six on 7, 2008
// R2 and 2012, followed by the two WinHTTP values.
func TestDocumentedRecipe(t *testing.T) {
	for _, row := range []struct {
		os   host.OS
		want []string
	}{
		{host.OS{Version: "6.3", Build: 9600}, []string{"SystemDefaultTlsVersions", "SchUseStrongCrypto", "SystemDefaultTlsVersions", "SchUseStrongCrypto"}},
		{host.OS{Version: "10.0", Build: 14393}, []string{"SystemDefaultTlsVersions", "SchUseStrongCrypto", "SystemDefaultTlsVersions", "SchUseStrongCrypto"}},
		{host.OS{Version: "6.1", Build: 7601}, []string{"Enabled", "DisabledByDefault", "SystemDefaultTlsVersions", "SchUseStrongCrypto", "SystemDefaultTlsVersions", "SchUseStrongCrypto", "DefaultSecureProtocols", "DefaultSecureProtocols"}},
		{host.OS{Version: "6.2", Build: 9200}, []string{"Enabled", "DisabledByDefault", "SystemDefaultTlsVersions", "SchUseStrongCrypto", "SystemDefaultTlsVersions", "SchUseStrongCrypto", "DefaultSecureProtocols", "DefaultSecureProtocols"}},
	} {
		dir := filepath.Join(t.TempDir(), "fixes")
		status, _, errs := program(t, "fix", bareHost(t, row.os), "--service", "azure-backup", "--on", "2021-09-01", "--documented", "--as", "cmd", "--dir", dir, "-q")
		if status != 0 {
			t.Fatalf("build %d: status %d %s", row.os.Build, status, errs)
		}
		files, _ := filepath.Glob(filepath.Join(dir, "[0-9]*", "apply.cmd"))
		if len(files) != 1 {
			t.Fatalf("files %v", files)
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "reg add "); ok {
				_, name, _ := strings.Cut(rest, `/v "`)
				name, _, _ = strings.Cut(name, `"`)
				got = append(got, name)
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("build %d: %v, want %v", row.os.Build, got, row.want)
		}
	}
}

// checkService judges a snapshot through the command line.
func checkService(t *testing.T, service string, named []string, snapshot []byte) document.Check {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fs01.json")
	write(t, path, snapshot)
	args := []string{"check", path, "--service", service, "--on", cases.AzureBackupDay, "--json"}
	for _, id := range named {
		args = append(args, "--caller", id)
	}
	status, out, errs := program(t, args...)
	var doc document.Check
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err, errs)
	}
	if v := doc.Hosts[0].Verdict; (status == 0) != (v == "connects") {
		t.Errorf("exit status %d for %s", status, v)
	}
	return doc
}

// TestSixValuesAlone proves of the command line what cases.SixValuesAlone says.
func TestSixValuesAlone(t *testing.T) { cases.SixValuesAlone(t, checkService) }

// TestPortalDemonstration proves of the command line what cases.PortalDemonstration
// says.
func TestPortalDemonstration(t *testing.T) { cases.PortalDemonstration(t, checkService) }
