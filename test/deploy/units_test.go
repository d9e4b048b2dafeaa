//go:build linux

package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/testkit/built"
	"tlsready/internal/testkit/parts"
)

// Proves that systemd takes the units as they are, and that each of their services is among
// the least exposed.
func TestUnits(t *testing.T) {
	t.Parallel()
	parts.Need(t, "systemd-analyze", "systemd")
	dir := t.TempDir()
	names, err := filepath.Glob(filepath.Join("..", "..", "deploy", "tlsready*"))
	must(t, err)
	program := built.Program(t)
	var list []string
	for _, path := range names {
		text, err := os.ReadFile(path)
		must(t, err)
		name := filepath.Join(dir, strings.Replace(filepath.Base(path), "@", "@osaka", 1))
		must(t, os.WriteFile(name, []byte(strings.ReplaceAll(string(text), "/usr/local/bin/tlsready", program)), 0o644))
		list = append(list, name)
	}
	if len(list) != 4 {
		t.Errorf("the units are %q", list)
	}
	if out, err := exec.Command("systemd-analyze", append([]string{"verify"}, list...)...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
	for _, name := range list {
		if !strings.HasSuffix(name, ".service") {
			continue
		}
		if out, err := exec.Command("systemd-analyze", "security", "--offline=yes", "--threshold=12", name).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
}

// Proves that the rules of alerts.yaml ask for numbers that there are, and that the page
// lists all of them.
func TestAlerts(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile(filepath.Join("..", "..", "deploy", "alerts.yaml"))
	must(t, err)
	said := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(tlsready_[a-z_]+)` ").FindAllStringSubmatch(page(t, "deploy.md"), -1) {
		said[m[1]] = true
	}
	for _, name := range regexp.MustCompile(`tlsready_[a-z_]+`).FindAllString(string(rules), -1) {
		if !said[name] {
			t.Errorf("a rule asks for %s, which the page does not have", name)
		}
	}
	made := map[string]bool{}
	files, err := filepath.Glob(filepath.Join("..", "..", "internal", "console", "metrics", "*.go"))
	must(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, name := range regexp.MustCompile(`"(tlsready_[a-z_]+)"`).FindAllStringSubmatch(string(text), -1) {
			made[name[1]] = true
		}
	}
	for name := range made {
		if !said[name] {
			t.Errorf("%s is not in the page", name)
		}
	}
	for name := range said {
		if !made[name] {
			t.Errorf("%s is in the page and nowhere else", name)
		}
	}
}
