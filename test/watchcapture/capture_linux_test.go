package watchcapture

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/testkit/parts"
	"tlsready/test/lab/labkit"
)

const (
	oldClient = "192.0.2.7" // comes with TLS 1.0 and 1.1
	fs01      = "192.0.2.8" // comes with more
	curl      = "192.0.2.9"
	server    = "192.0.2.200"

	everything = "ALL:!aNULL:@SECLEVEL=0" // of OpenSSL, with which it takes TLS 1.0 too
	patience   = time.Minute
)

// servers are those of the test by their ports.
var servers = map[string][]string{
	"4431": {"-min_protocol", "TLSv1"},                           // all versions
	"4432": {"-min_protocol", "TLSv1.2"},                         // as after the cut-over
	"4433": {"-min_protocol", "TLSv1", "-max_protocol", "TLSv1"}, // the limit of its clients
}

// Proves the story of somebody who records traffic on the spot: tcpdump hands it to watch
// while it flows, which gives a line as soon as a handshake is over; the recording that it
// leaves says the same; with what the capture script leaves beside it the computer is
// named; and check shows it beside the settings of that computer.
func TestRecordedOnTheSpot(t *testing.T) {
	parts.Need(t, "openssl", "openssl")
	parts.Need(t, "curl", "curl")
	parts.Need(t, "tcpdump", "tcpdump")
	if !alone(t, oldClient, fs01, curl, server) {
		return
	}
	dir := labkit.Dir(t)
	serve(t, dir)
	r := record(t, filepath.Join(dir, "FS01.pcap"))

	client(t, oldClient, "4431", "-tls1")
	if first := r.next(t); first.Offered == nil || first.Offered.Max != tlsready.TLS10 { // it came while all of them run
		t.Errorf("the first line is %+v", first)
	}
	client(t, oldClient, "4432", "-tls1_1")
	client(t, fs01, "4432", "-min_protocol", "TLSv1")
	client(t, fs01, "4433", "-min_protocol", "TLSv1")
	client(t, fs01, "4432", "-tls1_2")
	_ = exec.CommandContext(t.Context(), "curl", "-sk", "--max-time", "20", "--interface", curl, "--tls-max", "1.2", "https://"+server+":4432/").Run()
	live := r.end(t, 5)

	want := map[string]int{
		oldClient + " TLS 1.1 refused no rejected": 1,
		fs01 + " TLS 1.3 TLS 1.3 yes ":             1,
		fs01 + " TLS 1.3 TLS 1.0 yes kept-down":    1,
		fs01 + " TLS 1.2 TLS 1.2 yes ":             1,
		curl + " TLS 1.2 TLS 1.2 yes ":             1,
	}
	expect(t, "live", live, want)
	want[oldClient+" TLS 1.0 TLS 1.0 no cannot"]++
	prove(t, dir, want)
}

// prove walks docs/prove-with-a-capture.md to its end, without Windows.
func prove(t *testing.T, dir string, want map[string]int) {
	t.Helper()
	labkit.Write(t, filepath.Join(dir, "FS01.capture.json"), `{"schema": "tlsready.capture/v1", "computer": "FS01", "addresses": ["`+fs01+`", "fe80::1%4"]}`)
	labkit.Write(t, filepath.Join(dir, "FS01.tlsready.txt"), collected)
	run(t, dir, 1, "watch", "FS01.pcap", "FS01.capture.json", "-f", "jsonl", "-o", "watch.jsonl")
	text, err := os.ReadFile(filepath.Join(dir, "watch.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := decode(t, bytes.NewReader(text))
	expect(t, "recorded", lines, want)
	for _, c := range lines {
		if named := c.ClientName == "FS01"; named != strings.HasPrefix(c.Client, fs01+":") {
			t.Errorf("%s is called %q", c.Client, c.ClientName)
		}
	}
	table := run(t, dir, 1, "watch", "FS01.pcap", "FS01.capture.json")
	for _, part := range []string{"1 OF 4 CLIENTS WOULD BE CUT OFF", oldClient, "Kept down by the server"} {
		if !strings.Contains(table, part) {
			t.Errorf("the table lacks %q:\n%s", part, table)
		}
	}
	beside := strings.Join(strings.Fields(run(t, dir, 1, "check", "FS01.tlsready.txt", "--service", "tls12", "--caller", "schannel", "--seen", "watch.jsonl", "--details")), " ")
	if !strings.Contains(beside, "Seen otherwise:") || !strings.Contains(beside, "at most TLS 1.2") || !strings.Contains(beside, "joined by its name") {
		t.Errorf("check does not show what was seen:\n%s", beside)
	}
}

// collected is what the collector leaves of a computer whose settings say TLS 1.0.
const collected = `tlsready.collect/v1
## host FS01
## architecture AMD64
## value HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion
HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion
    CurrentVersion    REG_SZ    6.1
    CurrentBuildNumber    REG_SZ    7601
    CSDVersion    REG_SZ    Service Pack 1
## present
## tree HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL
## absent
## end
`

// serve starts the servers.
func serve(t *testing.T, dir string) {
	t.Helper()
	key := labkit.MakeKeys(t, dir).RSA
	for port, args := range servers {
		address := server + ":" + port
		cmd := exec.CommandContext(t.Context(), "openssl", append([]string{"s_server", "-accept", address, "-naccept", "100", "-www", "-cert", key.Cert, "-key", key.Key, "-cipher", everything}, args...)...)
		labkit.Start(t, cmd, address)
	}
}

// client connects from an address to a server and ends; whether it may is the server's
// choice.
func client(t *testing.T, from, port string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", append([]string{"s_client", "-bind", from + ":0", "-connect", server + ":" + port, "-cipher", everything}, args...)...)
	if out, _ := cmd.CombinedOutput(); ctx.Err() != nil || !strings.Contains(string(out), "CONNECTED") {
		t.Fatalf("%s %s %q: %v\n%s", from, port, args, ctx.Err(), out)
	}
}

// recording is tcpdump, whose output goes to a file and to watch at once.
type recording struct {
	tcpdump, watch *exec.Cmd
	lines          chan document.Connection
}

func record(t *testing.T, file string) *recording {
	t.Helper()
	r := &recording{lines: make(chan document.Connection, 64)}
	r.tcpdump = exec.CommandContext(t.Context(), "tcpdump", "-Z", "root", "-n", "-i", "any", "-U", "-w", "-", "tcp")
	r.watch = program(t.Context(), "watch", "-", "-f", "jsonl")
	packets, err := r.tcpdump.StdoutPipe()
	must(t, err)
	said, err := r.tcpdump.StderrPipe()
	must(t, err)
	in, err := r.watch.StdinPipe()
	must(t, err)
	out, err := r.watch.StdoutPipe()
	must(t, err)
	keep, err := os.Create(file)
	must(t, err)
	must(t, r.watch.Start())
	must(t, r.tcpdump.Start())
	go func() {
		_, _ = io.Copy(io.MultiWriter(keep, in), packets)
		_, _ = keep.Close(), in.Close()
	}()
	go func() {
		defer close(r.lines)
		for lines := json.NewDecoder(out); ; {
			var c document.Connection
			if lines.Decode(&c) != nil {
				return
			}
			r.lines <- c
		}
	}()
	for words := bufio.NewScanner(said); words.Scan(); {
		if strings.Contains(words.Text(), "listening on") {
			go func() { _, _ = io.Copy(io.Discard, said) }()
			return r
		}
	}
	t.Fatal("tcpdump does not record")
	return nil
}

// next is the next line, which comes while the recording goes on.
func (r *recording) next(t *testing.T) document.Connection {
	t.Helper()
	select {
	case c, ok := <-r.lines:
		if !ok {
			t.Fatal("watch has ended")
		}
		return c
	case <-time.After(patience):
		t.Fatal("no line came while the recording went on")
	}
	return document.Connection{}
}

// end waits for n more lines, ends the recording as Ctrl+C would, and gives them and what
// came at the end.
func (r *recording) end(t *testing.T, n int) []document.Connection {
	t.Helper()
	var list []document.Connection
	for range n {
		list = append(list, r.next(t))
	}
	must(t, r.tcpdump.Process.Signal(syscall.SIGINT))
	for c := range r.lines {
		list = append(list, c)
	}
	_ = r.tcpdump.Wait()
	if _ = r.watch.Wait(); r.watch.ProcessState.ExitCode() != 1 {
		t.Errorf("watch ended with %s", r.watch.ProcessState)
	}
	return list
}

// expect holds lines against how often each is to come: client, what it offers at most,
// what it got, whether it survives, and what that shows.
func expect(t *testing.T, what string, list []document.Connection, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for _, c := range list {
		host, _, _ := strings.Cut(c.Client, ":")
		words := []string{host, "-", "refused", c.Survives.String(), c.Finding}
		if c.Offered != nil {
			words[1] = c.Offered.Max.String()
		}
		if c.Negotiated != nil {
			words[2] = c.Negotiated.Version.String()
		}
		got[strings.Join(words, " ")]++
	}
	for key := range got {
		if got[key] != want[key] {
			t.Errorf("%s: %q came %d times, want %d", what, key, got[key], want[key])
		}
	}
	for key := range want {
		if got[key] == 0 {
			t.Errorf("%s: %q is missing among %v", what, key, got)
		}
	}
}

func decode(t *testing.T, text io.Reader) (list []document.Connection) {
	t.Helper()
	for lines := json.NewDecoder(text); ; {
		var c document.Connection
		switch err := lines.Decode(&c); err {
		case nil:
			list = append(list, c)
		case io.EOF:
			return list
		default:
			t.Fatal(err)
		}
	}
}

// run runs the program in a folder and gives what it prints.
func run(t *testing.T, dir string, status int, args ...string) string {
	t.Helper()
	cmd := program(t.Context(), args...)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != status {
		t.Errorf("%s: exit status %d, want %d\n%s", strings.Join(args, " "), got, status, out)
	}
	return string(out)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
