package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/testkit/heard"
)

// rehearsal runs the command until end is called, which gives its exit status.
func rehearsal(t *testing.T, args ...string) (url string, errs *heard.Text, out *bytes.Buffer, end func() int) {
	t.Helper()
	ctx, interrupt := context.WithCancel(context.WithoutCancel(t.Context()))
	errs, out = &heard.Text{}, &bytes.Buffer{}
	ended := make(chan int, 1)
	go func() {
		ended <- Run(ctx, append([]string{"rehearse", "--listen", "127.0.0.1:0", "--today", "2026-11-29"}, args...), Streams{In: strings.NewReader(""), Out: out, Err: errs}, []string{"LANG=C"})
	}()
	end = func() int {
		interrupt()
		select {
		case status := <-ended:
			return status
		case <-time.After(time.Minute):
			t.Fatal("the command does not end")
		}
		return -1
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if found := errs.Find(`https://[a-z0-9.]+:\d+`); found != "" {
			return found, errs, out, end
		}
		select {
		case status := <-ended:
			t.Fatalf("status %d: %s", status, errs.String())
		default:
		}
		if time.Now().After(deadline) {
			interrupt()
			t.Fatalf("no address: %s", errs.String())
		}
	}
}

// fetch asks a rehearsal with one version and trusts the root that it wrote.
func fetch(t *testing.T, url, root string, version uint16) (string, error) {
	t.Helper()
	pem, err := os.ReadFile(root)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: version, MaxVersion: version}}}
	got, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return string(text), err
}

// Proves the way of a rehearsal: clients come, each visit is a line of connection/v1 that
// watch reads with the same verdict, each different hello is kept and probe takes it, the
// root that was written is trusted, and an interrupt ends it with a summary and status 0.
func TestRehearsal(t *testing.T) {
	dir := t.TempDir()
	log, root, hellos := filepath.Join(dir, "visits.jsonl"), filepath.Join(dir, "root.cer"), filepath.Join(dir, "hellos")
	url, errs, _, end := rehearsal(t, "--service", "azure-backup", "--on", "2021-09-01", "--strict", "--root", root, "--record", hellos, "-o", log)
	if text, err := fetch(t, url+"/line", root, tls.VersionTLS12); err != nil || !strings.HasPrefix(text, "TLSREADY survives=yes version=TLS1.2 ") || !strings.Contains(text, "service=azure-backup on=2021-09-01") {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := fetch(t, url+"/line", root, tls.VersionTLS10); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.0: %v", err)
	}
	var c document.Connection
	if text, err := fetch(t, url+"/json", root, tls.VersionTLS12); err != nil || json.Unmarshal([]byte(text), &c) != nil || c.Rehearsal == nil || c.Negotiated == nil {
		t.Errorf("%q, %v", text, err)
	}
	if status := end(); status != 0 {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{"3 visits from 1 address: 2 will survive, 1 will not, 0 cannot be said.", "2 hellos kept in "} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("no %q in %s", want, errs)
		}
	}
	text, err := os.ReadFile(log)
	if err != nil || strings.Count(string(text), "\n") != 3 {
		t.Fatalf("%v: %s", err, text)
	}
	for line := range strings.Lines(string(text)) {
		if got, err := document.ReadConnection([]byte(line)); err != nil || got.Source != "rehearse" || got.Rehearsal.Service != "azure-backup" || !got.Rehearsal.Strict {
			t.Errorf("%v: %s", err, line)
		}
	}
	var seen bytes.Buffer
	status := Run(t.Context(), []string{"watch", log, "--service", "azure-backup", "--on", "2021-09-01", "-f", "json"}, Streams{In: strings.NewReader(""), Out: &seen, Err: io.Discard}, []string{"LANG=C"})
	var watched struct {
		Connections []document.Connection
		Summary     document.WatchSummary
	}
	if err := json.Unmarshal(seen.Bytes(), &watched); err != nil || status != 1 || watched.Summary.Connections != 3 || watched.Summary.Cannot != 1 || len(watched.Connections) != 3 {
		t.Errorf("watch: status %d, %v, %+v", status, err, watched.Summary)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if own, err := document.ReadConnection([]byte(line)); err == nil && i < len(watched.Connections) && (own.Survives != watched.Connections[i].Survives || own.Stack != "" && own.Stack != watched.Connections[i].Stack) {
			t.Errorf("line %d: survives %s, watch says %s", i+1, own.Survives, watched.Connections[i].Survives)
		}
	}
	kept, _ := filepath.Glob(filepath.Join(hellos, "*.hello"))
	if len(kept) != 2 {
		t.Fatalf("%q", kept)
	}
	probed, _, _, end := rehearsal(t, "--strict")
	defer end()
	args := []string{"probe", strings.TrimPrefix(probed, "https://"), "--sni", "localhost", "-f", "json"}
	for _, file := range kept {
		args = append(args, "--hello", file)
	}
	var out, told bytes.Buffer
	Run(t.Context(), args, Streams{In: strings.NewReader(""), Out: &out, Err: &told}, []string{"LANG=C"})
	for _, want := range []string{`"connects":"yes"`, `"connects":"no"`, "t10i", "t12i"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s%s", want, out.String(), told.String())
		}
	}
}

// Proves that a rehearsal is open to other machines only if the command line says so, and
// then warns; and that what cannot be is refused as a wrong usage, with a hint.
func TestRehearsalRefuses(t *testing.T) {
	run := func(environ []string, args ...string) (int, string) {
		var errs bytes.Buffer
		status := Run(t.Context(), append([]string{"rehearse"}, args...), Streams{In: strings.NewReader(""), Out: io.Discard, Err: &errs}, append(environ, "LANG=C"))
		return status, errs.String()
	}
	taken, _, _, end := rehearsal(t)
	defer end()
	for _, c := range []struct {
		environ, args []string
		say           string
	}{
		{[]string{"TLSREADY_LISTEN=0.0.0.0:0"}, nil, "not this machine alone"},
		{[]string{"TLSREADY_LISTEN=:0"}, nil, "not this machine alone"},
		{nil, []string{"--listen", "8443"}, "is no ADDRESS:PORT"},
		{nil, []string{"--listen", strings.TrimPrefix(taken, "https://")}, "cannot listen"},
		{nil, []string{"--name", "a b"}, "no name for a server"},
		{nil, []string{"--name", "x..y"}, "no name for a server"},
		{nil, []string{"--cert", "rehearse_test.go"}, "go together"},
		{nil, []string{"--cert", "rehearse_test.go", "--key", "rehearse_test.go"}, "make no certificate"},
		{nil, []string{"--on", "2027-13-01"}, "2027-13-01"},
		{nil, []string{"--service", "azure-bakup"}, "azure-bakup"},
		{nil, []string{"-f", "html"}, "html"},
	} {
		status, said := run(c.environ, c.args...)
		if status != 2 || !strings.Contains(said, c.say) || !strings.Contains(said, "hint: ") {
			t.Errorf("%v %v: status %d, %s", c.environ, c.args, status, said)
		}
	}
	_, errs, _, open := rehearsal(t, "--listen", "0.0.0.0:0", "--name", "rehearsal.example.com")
	if open(); !strings.Contains(errs.String(), "warning: whoever reaches ") {
		t.Errorf("no warning: %s", errs)
	}
}
