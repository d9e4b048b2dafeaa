//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// startNginx starts one worker with the servers of one endpoint and n of many.
func (l *lab) startNginx(ctx context.Context, n int) error {
	path, err := exec.LookPath("nginx")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			return errors.New("nginx was not found: install the Debian package nginx-light")
		}
	}
	parameters := filepath.Join(l.dir, "dh")
	if out, err := exec.CommandContext(ctx, "openssl", "dhparam", "-dsaparam", "-out", parameters, "2048").CombinedOutput(); err != nil {
		return fmt.Errorf("openssl dhparam: %w: %s", err, last(oneLine(string(out)), 300))
	}
	file := filepath.Join(l.dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(nginxConfig(l.dir, bulk(nginxBulk, n))), 0o600); err != nil {
		return err
	}
	c, err := l.start(ctx, path, "-p", l.dir, "-c", file, "-g", "daemon off;", "-e", filepath.Join(l.dir, "error.log"))
	if err != nil {
		return err
	}
	c.lines = nil
	for begin := time.Now(); time.Since(begin) < 10*time.Second; {
		if conn, err := net.Dial("tcp", loopback(statusPort)); err == nil {
			l.nginx, l.status = true, l.status+1
			return conn.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(l.dir, "error.log"))
	return fmt.Errorf("nginx does not listen: %s", last(string(log), 300))
}

func nginxConfig(dir string, many []string) string {
	var listen strings.Builder
	for _, e := range many {
		listen.WriteString("    listen " + e + " ssl;\n")
	}
	return strings.NewReplacer("DIR", dir, "NAME", name, "LISTEN", listen.String(),
		"MODERN", loopback(modernPort), "OLD", loopback(oldPort), "STATUS", loopback(statusPort)).Replace(`
pid DIR/nginx.pid;
worker_processes 1;
worker_rlimit_nofile 20000;
events { worker_connections 10000; }
http {
  access_log off;
  error_log DIR/error.log crit;
  client_body_temp_path DIR/body;
  proxy_temp_path DIR/proxy;
  fastcgi_temp_path DIR/fastcgi;
  uwsgi_temp_path DIR/uwsgi;
  scgi_temp_path DIR/scgi;
  server { listen STATUS; location / { stub_status; } }
  server {
    listen MODERN ssl;
    server_name NAME;
    ssl_certificate DIR/rsa.crt;
    ssl_certificate_key DIR/rsa.key;
    ssl_protocols TLSv1.2 TLSv1.3;
  }
  server {
    listen OLD ssl;
    server_name NAME;
    ssl_certificate DIR/rsa.crt;
    ssl_certificate_key DIR/rsa.key;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    ssl_ciphers ALL:!aNULL:@SECLEVEL=0;
    ssl_dhparam DIR/dh;
  }
  server {
LISTEN
    ssl_certificate DIR/ec.crt;
    ssl_certificate_key DIR/ec.key;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    ssl_ciphers ALL:@SECLEVEL=0;
  }
}
`)
}
