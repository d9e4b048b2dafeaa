//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// name is what the servers are called, in certificates and in server_name.
const name = "lab.test"

// Where the servers listen. All ports lie below those that Linux gives to clients.
const (
	modernPort  = 20017 // nginx, TLS 1.2 and TLS 1.3
	oldPort     = 20018 // nginx, TLS 1.0 to TLS 1.3, every suite
	statusPort  = 20099 // nginx, how many connections it took
	limiterPort = 20026 // crypto/tls behind a limiter, TLS 1.0 to TLS 1.2
	delayPort   = 20028 // crypto/tls, 50 ms late, TLS 1.2 and TLS 1.3
	delay10Port = 20030 // the same, TLS 1.0 to TLS 1.3
	x448Port    = 20009 // s_server
	ffdhePort   = 20013 // s_server
	nginxBulk   = 22000 // nginx, many
	cannedBulk  = 23000 // answers without cryptography, many
	slowBulk    = 24000 // the same, a second late
)

// bulkPorts is on how many ports each of the many addresses listens.
const bulkPorts = 10

// lab is the servers, each in a process of its own.
type lab struct {
	dir      string // keys and configuration
	children []*child
	status   int // requests of our own that nginx counts too
	nginx    bool
	log      *os.File // what the servers complain of
	errs     []error
}

// child is a process that serves.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner // nil if it counts nothing
}

func newLab(dir string) (*lab, error) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "servers.log"))
	if err != nil {
		return nil, err
	}
	return &lab{dir: dir, log: log}, errors.Join(writeKey(dir, "rsa", rsaKey), writeKey(dir, "ec", ecKey))
}

// writeKey writes NAME.crt and NAME.key.
func writeKey(dir, file string, key crypto.Signer) error {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 1, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	crt, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	write := func(ending, kind string, der []byte) error {
		return os.WriteFile(filepath.Join(dir, file+ending), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
	}
	return errors.Join(write(".crt", "CERTIFICATE", crt), write(".key", "PRIVATE KEY", der))
}

// stop ends the servers that were started.
func (l *lab) stop() {
	for _, c := range l.children {
		_ = c.in.Close()
		_ = c.cmd.Process.Signal(os.Interrupt)
		_ = c.cmd.Wait()
	}
	_ = l.log.Close()
}

// start starts a server; it ends with us, because its input does.
func (l *lab) start(ctx context.Context, command ...string) (*child, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = l.log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, in: in, lines: bufio.NewScanner(out)}
	l.children = append(l.children, c)
	return c, nil
}

// serve starts a server of this program.
func (l *lab) serve(ctx context.Context, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	c, err := l.start(ctx, append([]string{self, "serve", "-keys", l.dir}, args...)...)
	if err != nil {
		return err
	}
	if !c.lines.Scan() {
		log, _ := os.ReadFile(l.log.Name())
		return fmt.Errorf("the server %v did not start: %s", args, last(oneLine(string(log)), 300))
	}
	return nil
}

// openssl starts s_server and waits until it listens.
func (l *lab) openssl(ctx context.Context, port int, args ...string) error {
	path, err := exec.LookPath("openssl")
	if err != nil {
		return err
	}
	address := loopback(port)
	c, err := l.start(ctx, append([]string{
		path, "s_server", "-accept", address, "-naccept", "100000",
		"-cert", filepath.Join(l.dir, "rsa.crt"), "-key", filepath.Join(l.dir, "rsa.key"),
	}, args...)...)
	if err != nil {
		return err
	}
	for c.lines.Scan() && !strings.HasPrefix(c.lines.Text(), "ACCEPT") {
	}
	go func(lines *bufio.Scanner) { // keep the pipe empty
		for lines.Scan() {
		}
	}(c.lines)
	c.lines = nil
	return nil
}

// accepted is how many connections the servers have taken so far, those of
// s_server apart.
func (l *lab) accepted() int {
	n := 0
	for _, c := range l.children {
		if c.lines == nil {
			continue
		}
		_, _ = fmt.Fprintln(c.in)
		if c.lines.Scan() {
			one, err := strconv.Atoi(c.lines.Text())
			if l.errs = append(l.errs, err); err == nil {
				n += one
			}
		}
	}
	if l.nginx {
		l.status++
		one, err := nginxAccepted()
		l.errs = append(l.errs, err)
		n += one - l.status
	}
	return n
}

// nginxAccepted reads the page of stub_status: its third line begins with the
// number of connections that were accepted.
func nginxAccepted() (int, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get("http://" + loopback(statusPort) + "/")
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	if lines := strings.Split(string(page), "\n"); len(lines) > 2 && len(strings.Fields(lines[2])) == 3 {
		return strconv.Atoi(strings.Fields(lines[2])[0])
	}
	return 0, fmt.Errorf("nginx status: %q", page)
}

func loopback(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

// bulk lists n endpoints that begin at a port.
func bulk(port, n int) []string {
	var list []string
	for i := range n {
		list = append(list, net.JoinHostPort(fmt.Sprintf("127.0.2.%d", 1+i/bulkPorts), strconv.Itoa(port+i%bulkPorts)))
	}
	return list
}

// listFile writes endpoints for tools that read a file.
func (l *lab) listFile(file string, endpoints []string, line func(string) string) (string, error) {
	var b strings.Builder
	for _, e := range endpoints {
		b.WriteString(line(e) + "\n")
	}
	path := filepath.Join(l.dir, file)
	return path, os.WriteFile(path, []byte(b.String()), 0o600)
}
