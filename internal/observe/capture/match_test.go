package capture

import (
	"path/filepath"
	"testing"

	"tlsready/internal/fingerprint"
	"tlsready/internal/stack"
)

// Proves that the table of stacks names the clients of captures whose client is known, and
// none of those that it cannot know.
func TestStacks(t *testing.T) {
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	table, err := fingerprint.NewTable(model)
	if err != nil {
		t.Fatal(err)
	}
	dir := shared(t)
	for _, c := range []struct {
		file, stack string
		count       int // of connections of that stack
		remedy      fingerprint.Remedy
	}{
		{"testdata/lo_openssl3_tls10.pcap", "openssl-3", 1, fingerprint.Library},
		{"testdata/lo_openssl3_tls11.pcap", "openssl-3", 1, fingerprint.Library},
		{"testdata/lo_openssl3_client-max-tls12_server-tls10.pcap", "openssl-3", 1, fingerprint.NoRemedy},
		{"mercury_capture2.pcap", "windows/schannel", 9, fingerprint.WindowsReplace},
		{"ndpi_tls-rdn-extract.pcap", "windows/schannel", 1, fingerprint.WindowsSetting},
		{"ndpi_rdp_over_tls.pcap", "windows-10-1607/schannel", 1, fingerprint.NoRemedy},
		{"mercury_top_100_fingerprints.pcap", "windows-7/schannel", 1, fingerprint.NoRemedy},
		{"mercury_top_100_fingerprints.pcap", "windows-10-1511/schannel", 1, fingerprint.NoRemedy},
		{"mercury_top_100_fingerprints.pcap", "windows-10-1607/schannel", 1, fingerprint.NoRemedy},
		{"zeek_openjdk-25.0.2-zeek.org.pcap", "java-current", 1, fingerprint.NoRemedy},
		{"zeek_chrome-34-google.pcap", "chromium", 1, fingerprint.NoRemedy},
		{"zeek_chrome-1250-tls-x25519-kyber.pcap", "chromium", 1, fingerprint.NoRemedy},
		{"ndpi_ja3_lots_of_cipher_suites.pcap", "", 1, fingerprint.NoRemedy},
		{"ndpi_tls_alert.pcap", "", 1, fingerprint.NoRemedy},
		{"mercury_client_hello_sslv3.pcap", "", 1, fingerprint.NoRemedy},
	} {
		name := c.file
		if filepath.Dir(name) == "." {
			if dir == "" {
				continue
			}
			name = filepath.Join(dir, name)
		}
		list, _ := read(t, name)
		count := 0
		for _, connection := range list {
			if connection.Hello == nil {
				continue
			}
			if m, _ := table.Stack(connection.Hello.ClientHello); m.Stack == c.stack {
				count++
				if m.Remedy != c.remedy {
					t.Errorf("%s: remedy %q for %+v", c.file, m.Remedy, m)
				}
			}
		}
		if count != c.count {
			t.Errorf("%s: %d of %s, want %d", c.file, count, c.stack, c.count)
		}
	}
}
