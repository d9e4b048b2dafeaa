// Package listen is where the console is reached: the TLS of its connections, with a
// certificate that is read again when its files change.
package listen

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/userfile"
)

// maxFile bounds a file of certificates or a key: a bundle of every public root has 300 KB.
const maxFile = 4 << 20

// lookEvery is how often the files are looked at, at most.
const lookEvery = time.Second

// Files are those of TLS.
type Files struct {
	Cert, Key string
	// ClientCA has the certificates of those who sign the certificates of workers; "" asks
	// for none.
	ClientCA string
}

// Config is the TLS of a server: version 1.2 or later, with the suites that Go holds for
// safe.
func Config(f Files, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{files: f, log: log}
	if err := c.load(); err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}
	if f.ClientCA == "" {
		return config, nil
	}
	data, err := read(f.ClientCA)
	if err != nil {
		return nil, err
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(data) {
		return nil, message.Error("listen.no-certificates").At(f.ClientCA)
	}
	config.ClientAuth = tls.VerifyClientCertIfGiven // people have none
	return config, nil
}

func read(path string) ([]byte, error) {
	data, err := userfile.Read(path, maxFile)
	if err != nil {
		return nil, message.At(path, userfile.Why(err))
	}
	return data, nil
}

// certificate is that of the server. Whoever renews it writes two files, one after the
// other: what does not go together is not taken, and the old one stays in use.
type certificate struct {
	files Files
	log   *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	stamp  string
	looked time.Time
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked).Abs() < lookEvery {
		return c.loaded, nil
	}
	c.looked = time.Now()
	if now := stamp(c.files); now != "" && now != c.stamp {
		c.stamp = now
		if err := c.load(); err != nil {
			c.log.Warn("the new certificate is not taken", "err", err)
		} else {
			c.log.Info("the certificate was read again", "until", c.loaded.Leaf.NotAfter)
		}
	}
	return c.loaded, nil
}

// stamp tells apart what the files are; "" if one is not there at the moment.
func stamp(f Files) (s string) {
	for _, path := range []string{f.Cert, f.Key} {
		info, err := os.Stat(path)
		if err != nil {
			return ""
		}
		s += info.ModTime().Format(time.RFC3339Nano) + " " + strconv.FormatInt(info.Size(), 10) + " "
	}
	return s
}

func (c *certificate) load() error {
	was := stamp(c.files)
	cert, err := read(c.files.Cert)
	if err != nil {
		return err
	}
	key, err := read(c.files.Key)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return message.Error("listen.pair", message.Str("key", c.files.Key), message.Cause("why", err)).At(c.files.Cert).Hinted("listen.hint.pair")
	}
	c.loaded, c.stamp, c.looked = &pair, was, time.Now()
	return nil
}
