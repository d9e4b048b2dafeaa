//go:build linux

package gate

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/cli"
	"tlsready/internal/gate"
	"tlsready/test/lab/labkit"
)

// program runs the program and gives its standard output.
func program(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if status := cli.Run(context.Background(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, []string{"LANG=C"}); status > 1 {
		t.Fatalf("tlsready %s: status %d\n%s%s", strings.Join(args, " "), status, out.String(), errs.String())
	}
	return out.String()
}

// terminates answers over TLS with the version that was agreed on.
func terminates(t *testing.T) func(net.Conn) {
	key := labkit.MakeKeys(t, labkit.Dir(t)).RSA
	config := &tls.Config{Certificates: []tls.Certificate{key.TLS}, MinVersion: tls.VersionTLS10}
	return func(c net.Conn) {
		s := tls.Server(c, config)
		if s.Handshake() == nil {
			_, _ = s.Write([]byte("connected with " + tls.VersionName(s.ConnectionState().Version)))
			_ = s.Close()
		}
	}
}

// connect has a real client come with one version, and says what became of it.
func connect(t *testing.T, to, version string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", "s_client", "-connect", to, "-noservername", "-ign_eof", "-cipher", "ALL:!aNULL:@SECLEVEL=0", "-"+version)
	out, _ := cmd.CombinedOutput()
	switch text := string(out); {
	case strings.Contains(text, "connected with "):
		_, rest, _ := strings.Cut(text, "connected with ")
		return strings.TrimSpace(rest[:len("TLS 1.0")])
	case strings.Contains(text, "alert number 70"):
		return alert70
	default:
		return text
	}
}

// stories are the plans of the providers with what belongs to them.
func stories() map[string][]string {
	return map[string][]string{
		gate.Quick:   nil,
		gate.Careful: {"sandbox", "new", "legacy"},
		gate.Ramp:    {"divert"},
	}
}

// plan has the program make a plan and export it, and gives it with its folder.
func plan(t *testing.T, like string, e engine, serve func(net.Conn)) (*lab, string) {
	t.Helper()
	dir := labkit.Dir(t)
	l := &lab{names: map[string]string{}, listen: labkit.At(labkit.Ports(t, 1)[0]), refuse: freeRun(t, 3)}
	add := func(name string) string {
		at := upstream(t, name, serve)
		l.names[at] = name
		return at
	}
	args := []string{"gate", "plan", "--like", like, "--on", "2028-03-02", "--timezone", "Asia/Tokyo", "--listen", l.listen, "--upstream", add("default"), "--today", "2027-01-05", "--dir", dir}
	for _, name := range stories()[like] {
		at := add(name)
		if name != "divert" {
			at = name + ".example.com=" + at
		}
		args = append(args, "--"+name, at)
	}
	program(t, args...)
	file := filepath.Join(dir, "gate.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	labkit.Write(t, file, string(text)+fmt.Sprintf("log: %q\n", filepath.Join(dir, "gate.jsonl")))
	text, err = os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if l.config, err = (gate.Reading{Local: time.UTC}).Parse(text); err != nil {
		t.Fatal(err)
	}
	program(t, "gate", file, "--export", e.Name(), "--dir", dir, "--refuse", fmt.Sprint("127.0.0.1:", l.refuse), "--today", "2027-01-05")
	return l, dir
}

// Proves that the plans of the providers, as "gate plan" writes them and --export exports
// them, go through their year in both proxies as the plan says, from the first stage to the
// day after the last one; and that real clients are let through and refused in each mode.
func TestYear(t *testing.T) {
	need(t)
	serve := terminates(t)
	versionsOf := map[string]string{"tls1": "TLS 1.0", "tls1_1": "TLS 1.1", "tls1_2": "TLS 1.2", "tls1_3": "TLS 1.3"}
	for like := range stories() {
		for _, e := range engines() {
			t.Run(like+"/"+e.Name(), func(t *testing.T) {
				t.Parallel()
				l, dir := plan(t, like, e, serve)
				p := e.serve(t, dir, map[string]string{"haproxy": "haproxy.cfg", "nginx": "nginx.conf"}[e.Name()], l.listen)
				from := netip.MustParseAddr("127.0.0.1")
				clients := []sent{versions(t, "")[1], versions(t, "")[4]}
				for _, name := range stories()[like] {
					if like == gate.Ramp {
						break // its server is for no name
					}
					clients = append(clients, versions(t, name+".example.com")[1])
				}
				real := map[string]bool{}
				for i, now := range moments(t, l.config) {
					p.clock.set(t, now)
					for j, s := range clients {
						if like == gate.Ramp && j > 0 && i%16 > 1 {
							continue // a thousand windows are enough for one kind of client
						}
						p.clock.keep(t, now)
						d := l.config.Decide(now, s.hello, from)
						if got, want := s.ask(t, l.listen, from), expected(d, s.hello, l.names); got != want {
							t.Errorf("%s: %s for %q: got %q, want %q", now.In(l.config.Location), s.name, s.serverName(), got, want)
						}
					}
					d := l.config.Decide(now, clients[0].hello, from)
					if kind := fmt.Sprint(d.Mode, d.Rejecting); !real[kind] {
						real[kind] = true
						for version, name := range versionsOf {
							p.clock.keep(t, now)
							want := name
							if d.Action == gate.Reject && name < "TLS 1.2" {
								want = alert70
							}
							if got := connect(t, l.listen, version); got != want {
								t.Errorf("%s: openssl with %s: got %q, want %q", now.In(l.config.Location), name, got, want)
							}
						}
					}
				}
			})
		}
	}
}

// Proves that what a new user does fits together: a plan, a dry run on the log that a real
// nginx wrote before there was a gate, the export, and the log of the proxy that runs it
// back into the dry run and into watch.
func TestNewUser(t *testing.T) {
	need(t)
	serve := terminates(t)
	access := accessLog(t)
	for _, e := range engines() {
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			l, dir := plan(t, gate.Quick, e, serve)
			config := filepath.Join(dir, "gate.yaml")
			if out := program(t, "gate", config, "--replay", access); !strings.Contains(out, "4 connections") {
				t.Errorf("the dry run on nginx's log says\n%s", out)
			}
			p := e.serve(t, dir, map[string]string{"haproxy": "haproxy.cfg", "nginx": "nginx.conf"}[e.Name()], l.listen)
			from := netip.MustParseAddr("127.0.0.1")
			for _, day := range []time.Time{time.Date(2028, 1, 24, 3, 0, 0, 0, time.UTC), time.Date(2028, 3, 8, 3, 0, 0, 0, time.UTC)} {
				p.clock.set(t, day)
				for _, s := range append(versions(t, "")[1:], versions(t, `A"b.example.com`)[1], sent{bytes: []byte("GET / HTTP/1.0\r\n\r\n")}) {
					s.ask(t, l.listen, from)
				}
			}
			log := written(t, p, filepath.Join(dir, "gate.jsonl"), 13) // with the one that asked whether it listens
			want := "13 connections: 4 can do what is asked, 6 cannot"
			if out := program(t, "gate", config, "--replay", log); !strings.Contains(out, want) || !strings.Contains(out, "3 were not TLS") {
				t.Errorf("the dry run on the proxy's log lacks %q:\n%s", want, out)
			}
			out := program(t, "watch", log, "-f", "jsonl")
			for words, want := range map[string]int{`"max":"TLS 1.0"`: 4, `"max":"TLS 1.1"`: 2, `"survives":"no"`: 6, `"survives":"yes"`: 4, `"client":"127.0.0.1:`: 10} {
				if got := strings.Count(strings.ReplaceAll(out, `": "`, `":"`), words); got != want {
					t.Errorf("watch says %s %d times, want %d:\n%s", words, got, want, out)
				}
			}
		})
	}
}

// accessLog is what an nginx without a gate logs of four clients, in the form that
// docs/logs.md proposes.
func accessLog(t *testing.T) string {
	t.Helper()
	dir := labkit.Dir(t)
	key := labkit.MakeKeys(t, dir).RSA
	at := labkit.At(labkit.Ports(t, 1)[0])
	docs, err := os.ReadFile("../../docs/logs.md")
	if err != nil {
		t.Fatal(err)
	}
	_, line, found := strings.Cut(string(docs), "| nginx | `")
	line, _, ends := strings.Cut(line, "` |")
	if !found || !ends {
		t.Fatal("docs/logs.md has no line for nginx")
	}
	conf, log := filepath.Join(dir, "nginx.conf"), filepath.Join(dir, "access.log")
	labkit.Write(t, conf, fmt.Sprintf(`daemon off;
master_process off;
pid %[1]s/nginx.pid;
events { worker_connections 64; }
http {
%[2]s
access_log %[3]s tls;
server { listen %[4]s ssl; ssl_certificate %[5]s; ssl_certificate_key %[6]s; ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:!aNULL:@SECLEVEL=0; return 200 "ok"; }
}
`, dir, line, log, at, key.Cert, key.Key))
	labkit.Start(t, exec.Command("nginx", "-e", "stderr", "-c", conf), at)
	for _, version := range []string{"tls1", "tls1_1", "tls1_2", "tls1_3"} {
		cmd := exec.Command("openssl", "s_client", "-connect", at, "-quiet", "-cipher", "ALL:!aNULL:@SECLEVEL=0", "-"+version)
		cmd.Stdin = strings.NewReader("GET / HTTP/1.0\r\n\r\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	lines(t, log, func() string { text, _ := os.ReadFile(log); return string(text) }, 4)
	return log
}

// written is a file with the log of a proxy, once it has so many lines: HAProxy prints it.
func written(t *testing.T, p *proxy, file string, n int) string {
	t.Helper()
	if _, err := os.Stat(file); err == nil {
		lines(t, file, func() string { text, _ := os.ReadFile(file); return string(text) }, n)
		return file
	}
	text := lines(t, file, p.Output, n)
	labkit.Write(t, file, text)
	return file
}

// lines waits until a log has so many lines with a connection, and gives them.
func lines(t *testing.T, name string, read func() string, n int) string {
	t.Helper()
	for deadline := time.Now().Add(patience); ; pause() {
		var b strings.Builder
		count := 0
		for line := range strings.Lines(read()) {
			if strings.Contains(line, "127.0.0.1") && strings.HasSuffix(line, "\n") {
				count++
				b.WriteString(line)
			}
		}
		if count >= n {
			return b.String()
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s has %d lines, not %d:\n%s", name, count, n, read())
		}
	}
}
