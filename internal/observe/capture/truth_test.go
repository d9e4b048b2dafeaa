package capture

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/fingerprint"
	"tlsready/internal/message"
	"tlsready/internal/observe"
)

// shared is the folder of captures of others, "" where it is not there.
func shared(t testing.TB) string {
	for dir := ".."; len(dir) < 30; dir += "/.." {
		if path := filepath.Join(dir, "shared/captures"); exists(filepath.Join(path, "MANIFEST.md")) {
			return path
		}
	}
	t.Log("not run: no ../shared/captures, only the project's own captures were read")
	return ""
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// truthFiles are the captures beside which lies what tshark found in them.
func truthFiles(t testing.TB) []string {
	list, _ := filepath.Glob("testdata/*.pcap*.tsv")
	if len(list) < 9 {
		t.Fatalf("testdata holds %d captures", len(list))
	}
	if dir := shared(t); dir != "" {
		more, _ := filepath.Glob(filepath.Join(dir, "*.pcap*.tsv"))
		list = append(list, more...)
	}
	for i, name := range list {
		list[i] = strings.TrimSuffix(name, ".tsv")
	}
	return list
}

// row is one line of a table.
type row map[string]string

func table(t testing.TB, file string) []row {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, line := range lines[1:] {
		m := row{}
		for i, name := range lines[0] {
			if i < len(line) && line[i] != "-" {
				m[name] = line[i]
			}
		}
		rows = append(rows, m)
	}
	return rows
}

// read reads a capture and gives its connections.
func read(t testing.TB, name string) ([]observe.Connection, observe.Coverage) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return readBytes(t, filepath.Base(name), data)
}

// readFrom reads a file through another reader.
func readFrom(t testing.TB, name string, through func(io.Reader) io.Reader) ([]observe.Connection, observe.Coverage) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var list []observe.Connection
	coverage, err := Read(context.Background(), through(bytes.NewReader(data)), filepath.Base(name), func(c observe.Connection) error {
		list = append(list, c)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return list, coverage
}

func readBytes(t testing.TB, name string, data []byte) ([]observe.Connection, observe.Coverage) {
	t.Helper()
	var list []observe.Connection
	coverage, err := Read(context.Background(), bytes.NewReader(data), name, func(c observe.Connection) error {
		list = append(list, c)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return list, coverage
}

// ends names a connection as the truth does.
func ends(client, server netip.AddrPort) string {
	return fmt.Sprintf("%s %d %s %d", client.Addr(), client.Port(), server.Addr(), server.Port())
}

func (r row) ends() string {
	return r["client_ip"] + " " + r["client_port"] + " " + r["server_ip"] + " " + r["server_port"]
}

// version is a version as tshark's table spells it.
func version(v tlsready.Version) string {
	switch {
	case v == 0:
		return ""
	case v >= 0x7e00:
		return fmt.Sprintf("TLSv1.3-draft(0x%04x)", uint16(v))
	}
	for _, known := range tlsready.Versions() {
		if v == known {
			return strings.Replace(strings.Replace(v.String(), "SSL 2.0", "SSLv2", 1), "SSL 3.0", "SSLv3", 1)
		}
	}
	return fmt.Sprintf("0x%04x", uint16(v))
}

func tsharkVersion(v tlsready.Version) string {
	return strings.Replace(version(v), "TLS 1", "TLSv1", 1)
}

// comparison gathers what was found of the truth.
type comparison struct {
	rows, tcp, found, quic, extra int
	missing                       []string
	extras                        []string
}

// Proves on captures of many clients that at least 99.5 % of the TCP connections in which
// tshark finds TLS are found, with the same highest version, the same choice of the
// server and the same JA3; and lists what tshark does not find.
func TestTruth(t *testing.T) {
	var all comparison
	seen := map[string]bool{}
	for _, name := range truthFiles(t) {
		if base := filepath.Base(name); !seen[base] {
			seen[base] = true
			all.capture(t, name)
		}
	}
	for _, m := range all.missing {
		t.Logf("not found: %s", m)
	}
	for _, e := range all.extras {
		t.Logf("found besides: %s", e)
	}
	t.Logf("%d rows, %d of TCP, %d found; %d of QUIC found; %d extra", all.rows, all.tcp, all.found, all.quic, all.extra)
	if all.found*1000 < all.tcp*995 {
		t.Errorf("only %d of %d TCP connections were found", all.found, all.tcp)
	}
}

func (all *comparison) capture(t *testing.T, name string) {
	connections, coverage := read(t, name)
	base := filepath.Base(name)
	used := make([]bool, len(connections))
	for _, want := range table(t, name+".tsv") {
		all.rows++
		if want["proto"] == "tcp" {
			all.tcp++
		}
		i := slices.IndexFunc(connections, func(c observe.Connection) bool {
			return ends(c.Client, c.Server) == want.ends() && (c.Transport == observe.QUIC) == (want["proto"] == "quic")
		})
		for i >= 0 && used[i] { // a port that was used again
			next := slices.IndexFunc(connections[i+1:], func(c observe.Connection) bool { return ends(c.Client, c.Server) == want.ends() })
			if next < 0 {
				i = -1
				break
			}
			i += 1 + next
		}
		if i < 0 {
			all.missing = append(all.missing, fmt.Sprintf("%s stream %s %s: %s -> %s", base, want["stream"], want["proto"], want["ch_max_version"], want["negotiated_version"]))
			continue
		}
		used[i] = true
		if want["proto"] == "tcp" {
			all.found++
			compare(t, base+" stream "+want["stream"], &connections[i], want)
		} else {
			all.quic++
		}
	}
	for i, c := range connections {
		if !used[i] {
			all.extra++
			all.extras = append(all.extras, fmt.Sprintf("%s: %s", base, describe(c)))
		}
	}
	for _, loss := range coverage.Losses {
		t.Logf("%s: %d × %s (%s) %s", base, loss.Count, message.English(loss.What), loss.Where, loss.Example)
	}
}

func describe(c observe.Connection) string {
	text := fmt.Sprintf("%s %s", c.Transport, ends(c.Client, c.Server))
	if c.Hello != nil {
		text += fmt.Sprintf(" hello up to %s, %d records, before %q, name %q", c.Hello.Max(), c.Hello.Records, c.Before, c.ServerName)
	}
	if c.Negotiated != nil {
		text += fmt.Sprintf(" negotiated %s %s", c.Negotiated.Version, c.Negotiated.Suite)
	}
	if c.Alert != nil {
		text += fmt.Sprintf(" alert %s", c.Alert.Description)
	}
	return text
}

// corrected is what the list of corrections says that tshark does not dissect.
func corrected(t *testing.T, capture, stream string) row {
	dir := shared(t)
	if dir == "" {
		return nil
	}
	for _, r := range table(t, filepath.Join(dir, "corrections.tsv")) {
		if strings.HasPrefix(capture, r["capture"]) && r["stream"] == stream {
			return r
		}
	}
	return nil
}

func compare(t *testing.T, name string, got *observe.Connection, want row) {
	t.Helper()
	top, ja3, hellos := "", "", "0"
	if got.Hello != nil {
		hellos = "1"
		top, ja3 = tsharkVersion(got.Hello.Max()), fingerprint.JA3(got.Hello.ClientHello)
		if got.Hello.Max() == 0xfb1a || want["ch_max_version"] == "TLSv1.3" && got.Hello.Max() >= 0x7e00 {
			t.Errorf("%s: a draft is taken for a version", name)
		}
	}
	negotiated, suite := "", ""
	if got.Negotiated != nil {
		negotiated = tsharkVersion(got.Negotiated.Version)
		suite = fmt.Sprintf("0x%04x", uint32(got.Negotiated.Suite))
	}
	if got.Offered != nil && got.Transport == observe.TCP {
		top, hellos, want["ja3"] = tsharkVersion(got.Offered.Max), "1", ""
	}
	if want["negotiated_version"] == "" {
		base, stream, _ := strings.Cut(name, " stream ")
		if fix := corrected(t, base, stream); fix != nil {
			want["negotiated_version"], want["cipher"] = fix["negotiated_version"], fix["cipher"]
		}
	}
	wantHellos := "0"
	if want["client_hellos"] != "0" {
		wantHellos = "1"
	}
	for _, v := range []struct{ what, got, want string }{
		{"hello", hellos, wantHellos},
		{"maximum", top, want["ch_max_version"]},
		{"JA3", ja3, want["ja3"]},
		{"server name", got.ServerName, want["sni"]},
	} {
		if v.got != v.want {
			t.Errorf("%s: %s %q, want %q (%s)", name, v.what, v.got, v.want, describe(*got))
		}
	}
	switch {
	case want["negotiated_version"] == "" && negotiated != "":
		t.Logf("%s: negotiated %s, which tshark does not say", name, negotiated)
	case negotiated != want["negotiated_version"] || suite != want["cipher"]:
		t.Errorf("%s: negotiated %q %q, want %q %q", name, negotiated, suite, want["negotiated_version"], want["cipher"])
	}
	if alert := fatal(want["alerts"]); alert != "" && (got.Alert == nil || fmt.Sprint(uint8(got.Alert.Description)) != alert) {
		t.Logf("%s: alerts %s, got %+v", name, want["alerts"], got.Alert)
	}
}

// fatal is the description of the first fatal alert.
func fatal(alerts string) string {
	for _, a := range strings.Split(alerts, ";") {
		if f := strings.Split(a, ":"); len(f) == 3 && f[1] == "2" {
			return f[2]
		}
	}
	return ""
}

// Proves that the JA4 of each connection is the one that its inventors' own tests expect.
func TestExpectedJA4(t *testing.T) {
	dir := shared(t)
	if dir == "" {
		return
	}
	read4 := map[string]map[string]string{}
	checked := 0
	for _, want := range table(t, filepath.Join(dir, "ja4-expected.tsv")) {
		if want["hello"] != "1" || strings.HasPrefix(want["ja4"], "q") {
			continue // of a second hello, or of QUIC, which is not decrypted
		}
		file := want["capture"]
		if read4[file] == nil {
			read4[file] = map[string]string{}
			connections, _ := read(t, filepath.Join(dir, file))
			for _, c := range connections {
				if c.Hello != nil {
					read4[file][ends(c.Client, c.Server)] = fingerprint.JA4(c.Hello.ClientHello)
				}
			}
		}
		key := want["src"] + " " + want["srcport"] + " " + want["dst"] + " " + want["dstport"]
		if got := read4[file][key]; got != want["ja4"] {
			t.Errorf("%s %s: %q, want %q", file, key, got, want["ja4"])
		}
		checked++
	}
	t.Logf("%d checked", checked)
	if checked < 100 {
		t.Errorf("only %d values were checked", checked)
	}
}
