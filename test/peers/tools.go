//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// How to get what is not there.
const (
	getSSLScan = "install the Debian package sslscan"
	getNmap    = "install the Debian package nmap"
	getTestSSL = "install the Debian package testssl.sh"
	getTLSX    = "GOBIN=FOLDER go install github.com/projectdiscovery/tlsx/cmd/tlsx@latest, then -tools FOLDER"
	getZGrab2  = "GOBIN=FOLDER go install github.com/zmap/zgrab2/cmd/zgrab2@latest, then -tools FOLDER"
)

// finder finds programs.
type finder struct {
	self     string // this program
	tlsready string
	folder   string // of -tools; "" none
}

// find is the path of a program by one of its names, or "" if there is none.
func (f finder) find(names ...string) string {
	for _, n := range names {
		for _, candidate := range []string{filepath.Join(f.folder, n), n} {
			if path, err := exec.LookPath(candidate); err == nil && (f.folder != "" || candidate == n) {
				return path
			}
		}
	}
	return ""
}

// buildOurs builds tlsready as it is released.
func buildOurs(dir string) (string, error) {
	path := filepath.Join(dir, "tlsready")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "tlsready/cmd/tlsready")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
}

// with is one command of a program, or nothing if the program is not there.
func with(program string, args ...string) [][]string {
	if program == "" {
		return nil
	}
	return [][]string{append([]string{program}, args...)}
}

// ours is tlsready probe with flags.
func (f finder) ours(label string, said func(string) string, args ...string) tool {
	return tool{name: label, commands: with(f.tlsready, append([]string{"probe", "-q", "-f", "jsonl"}, args...)...), mostExit: 3, said: said}
}

func (f finder) stand(kind, label, list string) tool {
	return tool{name: label, commands: with(f.self, "loop", kind, list), said: func(out string) string { return nothing(oneLine(out)) }}
}

// sslscan with versions and suites, and more of what it can do.
func (f finder) sslscan(label, address string, more ...string) tool {
	args := append([]string{
		"--sni-name=" + name, "--no-colour", "--no-fallback", "--no-renegotiation", "--no-compression", "--no-heartbleed", "--no-cipher-details",
	}, more...)
	return tool{name: label, commands: with(f.find("sslscan"), append(args, address)...), missing: getSSLScan, said: saidSSLScan}
}

func (f finder) nmap(address string) tool {
	host, port, _ := strings.Cut(address, ":")
	return tool{
		name: "nmap ssl-enum-ciphers", missing: getNmap, said: saidNmap,
		commands: with(f.find("nmap"), "-Pn", "-n", "-p", port, "--script", "+ssl-enum-ciphers", "--script-args", "tls.servername="+name, host),
	}
}

// tlsx in one of its modes; args say what to ask and of whom.
func (f finder) tlsx(mode string, args ...string) tool {
	base := []string{"-duc", "-silent", "-json", "-ve"}
	if mode != "auto" {
		base = append(base, "-sm", mode)
	}
	return tool{
		name: "tlsx " + mode, commands: with(f.find("tlsx"), append(base, args...)...), missing: getTLSX,
		said: func(out string) string { return fmt.Sprintf("%d lines", strings.Count(out, "\n")) },
	}
}

// zgrab2 makes one handshake of one version in a run.
func (f finder) zgrab2(csv string) tool {
	t := tool{name: "zgrab2, 4 passes", missing: getZGrab2, said: func(string) string { return "" }}
	if path := f.find("zgrab2"); path != "" {
		for _, v := range []string{"769", "770", "771", "772"} {
			t.commands = append(t.commands, []string{
				path, "-b", "/dev/null", "-f", csv, "-o", "/dev/null", "-m", "/dev/null", "-u", "/dev/null", "-s", "300", "tls", "--min-version", v, "--max-version", v,
			})
		}
	}
	return t
}

// testssl ends with the number of things it could not tell; from 242 on it failed.
func (f finder) testssl(label string, args ...string) tool {
	return tool{
		name: label, missing: getTestSSL, mostExit: 241, said: saidTestSSL,
		commands: with(f.find("testssl.sh", "testssl"), append([]string{"--openssl", f.find("openssl"), "--color", "0", "--warnings", "off"}, args...)...),
	}
}

// endpoint is what is looked at in a line of tlsready.
type endpoint struct {
	Versions map[string]string   `json:"versions"`
	Suites   map[string][]string `json:"suites"`
	Groups   []string            `json:"groups"`
	Clients  []struct {
		Connects string `json:"connects"`
	} `json:"clients"`
	Error *string `json:"error"`
}

// lines reads the result of tlsready.
func lines(out string) []endpoint {
	var list []endpoint
	for s := json.NewDecoder(strings.NewReader(out)); s.More(); {
		var e endpoint
		if s.Decode(&e) != nil {
			break
		}
		list = append(list, e)
	}
	return list
}

// saidMany counts endpoints and the versions that they take.
func saidMany(out string) string {
	taken, failed := 0, 0
	endpoints := lines(out)
	for _, e := range endpoints {
		for _, a := range e.Versions {
			if a == "yes" {
				taken++
			}
		}
		if e.Error != nil {
			failed++
		}
	}
	return fmt.Sprintf("%d endpoints, %d versions taken, %d errors", len(endpoints), taken, failed)
}

// saidOne says what tlsready found at one endpoint.
func saidOne(out string) string {
	var said []string
	for _, e := range lines(out) {
		for _, v := range []string{"TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"} {
			if n := len(e.Suites[v]); n > 0 || e.Versions[v] != "no" {
				said = append(said, fmt.Sprintf("%s %s (%d)", v, e.Versions[v], n))
			}
		}
		said = append(said, fmt.Sprintf("%d groups", len(e.Groups)))
		if e.Error != nil {
			said = append(said, *e.Error)
		}
	}
	return strings.Join(said, ", ")
}

func saidClients(out string) string {
	var answers []string
	for _, e := range lines(out) {
		count := map[string]int{}
		for _, c := range e.Clients {
			count[c.Connects]++
		}
		answers = append(answers, fmt.Sprintf("%d clients: %d yes, %d no, %d unknown", len(e.Clients), count["yes"], count["no"], count["unknown"]))
	}
	return strings.Join(answers, "; ")
}

// saidSSLScan reads "TLSv1.2   enabled" and "Accepted  TLSv1.2  256 bits  ...".
func saidSSLScan(out string) string {
	var on []string
	for _, m := range regexp.MustCompile(`(?m)^(SSLv\d|TLSv1\.\d)\s+enabled`).FindAllStringSubmatch(out, -1) {
		n := len(regexp.MustCompile(`(?m)^(Accepted|Preferred)\s+`+regexp.QuoteMeta(m[1])+`\s`).FindAllString(out, -1))
		on = append(on, fmt.Sprintf("%s (%d)", m[1], n))
	}
	if n := len(regexp.MustCompile(`(?m)^TLSv1\.[23]\s+\d+ bits`).FindAllString(out, -1)); n > 0 {
		on = append(on, fmt.Sprintf("%d lines of groups", n))
	}
	return nothing(strings.Join(on, ", "))
}

// saidNmap counts the suites under each "TLSv1.2:".
func saidNmap(out string) string {
	var on []string
	version, n := "", 0
	end := func() {
		if version != "" {
			on = append(on, fmt.Sprintf("%s (%d)", version, n))
		}
		n = 0
	}
	for line := range strings.Lines(out) {
		if m := regexp.MustCompile(`^\|\s+((?:SSL|TLS)v[\d.]+):`).FindStringSubmatch(line); m != nil {
			end()
			version = m[1]
		} else if strings.Contains(line, " - ") && strings.Contains(line, "TLS_") {
			n++
		}
	}
	end()
	return nothing(strings.Join(on, ", "))
}

// saidTestSSL gives the versions that are offered, or counts the clients.
func saidTestSSL(out string) string {
	var on []string
	for _, m := range regexp.MustCompile(`(?m)^\s*(SSLv\d|TLS 1(?:\.\d)?)\s+offered`).FindAllStringSubmatch(out, -1) {
		on = append(on, m[1])
	}
	if n := len(regexp.MustCompile(`(?m)^ .*\s(TLSv1\.\d|No connection)`).FindAllString(out, -1)); n > 0 {
		on = append(on, fmt.Sprintf("%d clients", n))
	}
	return nothing(strings.Join(on, ", "))
}

func nothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}
