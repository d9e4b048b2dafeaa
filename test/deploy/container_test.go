//go:build linux

package deploy_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tlsready/internal/testkit/built"
	"tlsready/internal/testkit/parts"
)

// image is what deploy/Containerfile says of a container.
type image struct {
	root         string
	env, command []string
	uid          uint32
	stop         syscall.Signal
}

// build fills a folder as docs/deploy.md says, and then does what the Containerfile says. An
// instruction that is not known here is a failure.
func build(t *testing.T) image {
	t.Helper()
	from, i := t.TempDir(), image{root: t.TempDir()}
	must(t, os.Chmod(i.root, 0o755))
	for _, name := range []string{"data", "tmp", "etc/ssl/certs"} {
		must(t, os.MkdirAll(filepath.Join(from, "image", name), 0o755))
	}
	must(t, os.Link(built.Program(t), filepath.Join(from, "image", "tlsready")))
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "Containerfile"))
	must(t, err)
	for line := range strings.Lines(string(text)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "#", "", "FROM", "VOLUME", "EXPOSE":
		case "COPY":
			i.copied(t, from, strings.Fields(rest))
		case "USER":
			n, err := strconv.ParseUint(strings.Split(rest, ":")[0], 10, 32)
			must(t, err)
			i.uid = uint32(n)
		case "ENV":
			i.env = append(i.env, strings.Fields(rest)...)
		case "STOPSIGNAL":
			i.stop = unix.SignalNum(rest)
		case "ENTRYPOINT", "CMD":
			var list []string
			must(t, json.Unmarshal([]byte(rest), &list))
			i.command = append(i.command, list...)
		default:
			t.Fatalf("%q is not known to the test", line)
		}
	}
	return i
}

// copied does COPY [--chown=N:N] FROM TO. Builders give away what a COPY makes, and not a
// folder that was there before it.
func (i *image) copied(t *testing.T, from string, words []string) {
	t.Helper()
	owner := regexp.MustCompile(`^--chown=(\d+):\d+$`).FindStringSubmatch(words[0])
	if owner != nil {
		words = words[1:]
	}
	source, to := filepath.Join(from, words[0]), filepath.Join(i.root, words[1])
	if _, err := os.Stat(to); err == nil {
		t.Fatalf("%s is there already: %q", to, words)
	}
	info, err := os.Stat(source)
	must(t, err)
	if info.IsDir() {
		must(t, os.CopyFS(to, os.DirFS(source)))
	} else {
		must(t, os.Link(source, to))
	}
	if owner != nil {
		n, err := strconv.Atoi(owner[1])
		must(t, err)
		must(t, os.Chown(to, n, n))
	}
}

// run starts the container's process, as the first one and with nothing but the image.
func (i *image) run(t *testing.T, more ...string) *running {
	t.Helper()
	cmd := exec.Command(i.command[0], append(i.command[1:len(i.command):len(i.command)], more...)...)
	cmd.Env, cmd.Dir = i.env, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Chroot: i.root, Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS, Credential: &syscall.Credential{Uid: i.uid, Gid: i.uid}, Pdeathsig: syscall.SIGKILL,
	}
	return begin(t, cmd)
}

// Proves that the program runs in the image of deploy/Containerfile with nothing else in it,
// not as root and as its first process: it keeps its store, takes uploads, knows time zones,
// and ends by the image's signal with what it had.
func TestContainer(t *testing.T) {
	parts.Root(t, "a container")
	t.Parallel()
	i := build(t)
	schedules := "schema: tlsready.schedules/v1\nschedules:\n  - {name: nightly, cron: \"CRON_TZ=Asia/Tokyo 30 2 * * *\", kind: probe, targets: [192.0.2.1]}\n"
	must(t, os.WriteFile(filepath.Join(i.root, "schedules.yaml"), []byte(schedules), 0o644))
	for _, before := range []string{"", `"host"`} {
		r := i.run(t, "--listen", "127.0.0.1:0", "--schedules", "/schedules.yaml")
		base := r.address(t)
		if code, text := get(t.Context(), base+"/api/v1/hosts"); before != "" && (code != http.StatusOK || !strings.Contains(text, before)) {
			t.Errorf("after a start: %d %s", code, text)
		}
		if code, _, text := post(t.Context(), base+"/api/v1/import?name=FS01.json", bytes.NewReader(sample(t))); code/100 != 2 {
			t.Errorf("an upload: %d %s", code, text)
		}
		if took, status := r.stop(t, i.stop); status != 0 {
			t.Errorf("it ended after %v with status %d", took, status)
		}
	}
	if info, err := os.Stat(filepath.Join(i.root, "data", "tlsready.db")); err != nil || info.Sys().(*syscall.Stat_t).Uid != i.uid {
		t.Errorf("the store: %v %v", info, err)
	}
}
