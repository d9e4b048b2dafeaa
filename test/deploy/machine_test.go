//go:build linux

package deploy_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain is also what the test starts again as another program: the first process of a
// machine of its own, and systemctl in it.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "machine":
		os.Exit(ended(machine(os.Args[1], os.Args[2])))
	case "systemctl":
		os.Exit(ended(systemctl(os.Args[1:])))
	}
	os.Exit(m.Run())
}

func ended(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, filepath.Base(os.Args[0])+":", err)
		return 1
	}
	return 0
}

// inMachine runs a script as root on a machine of its own: with its own processes and
// network, and with copies of the folders that it writes to. Nothing of it stays. The folder
// is one that both know.
func inMachine(t *testing.T, folder, script, in string) string {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	must(t, os.Symlink(self, filepath.Join(folder, "systemctl")))
	must(t, os.WriteFile(filepath.Join(folder, "script"), []byte(script), 0o600))
	cmd := exec.Command(self)
	cmd.Args = []string{"machine", folder, filepath.Join(folder, "script")}
	cmd.Env = environment("/root", "TZ=UTC")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWUTS, Setsid: true, Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &said, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	return said.String()
}

// machine is the first process of a machine: with it all others end.
func machine(folder, script string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	for _, dir := range []string{"/etc", "/usr/local", "/var", "/root"} {
		over := filepath.Join(folder, "over", dir)
		if err := errors.Join(os.MkdirAll(over+"/upper", 0o755), os.MkdirAll(over+"/work", 0o755)); err != nil {
			return err
		}
		if err := unix.Mount("overlay", dir, "overlay", 0, "lowerdir="+dir+",upperdir="+over+"/upper,workdir="+over+"/work"); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	if err := errors.Join(unix.Mount("tmpfs", "/run", "tmpfs", 0, ""), unix.Mount("proc", "/proc", "proc", 0, ""), unix.Sethostname([]byte("tlsready"))); err != nil {
		return err
	}
	if err := loopbackUp(); err != nil {
		return err
	}
	cmd := exec.Command("bash", "-euo", "pipefail", script)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = folder, os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "PATH="+folder+":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	return cmd.Run()
}

func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s) //nolint:errcheck // it was only asked
	r, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, r)
}

// unit is the section [Service] of a unit of systemd, as far as it says what runs.
type unit struct {
	name, instance string
	values         map[string][]string
}

// units is where the units are put, and state where it is kept what runs.
const (
	units = "/etc/systemd/system"
	state = "/run/units"
)

// readUnit reads a unit and what was dropped in beside it; an empty value takes back the
// values before it.
func readUnit(name string) (*unit, error) {
	u := &unit{name: name, values: map[string][]string{}}
	file := name
	if before, after, ok := strings.Cut(strings.TrimSuffix(name, ".service"), "@"); ok {
		u.instance, file = after, before+"@.service"
	}
	more, _ := filepath.Glob(filepath.Join(units, name+".d", "*.conf"))
	for _, path := range append([]string{filepath.Join(units, file)}, more...) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		section := ""
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			key, value, ok := strings.Cut(line, "=")
			switch {
			case strings.HasPrefix(line, "["):
				section = line
			case section != "[Service]" || !ok || strings.HasPrefix(line, "#"):
			case value == "":
				u.values[key] = nil
			default:
				u.values[key] = append(u.values[key], value)
			}
		}
	}
	return u, nil
}

// expand puts in what systemd.unit(5) says of "%".
func (u *unit) expand(s string) string {
	return strings.NewReplacer("%i", u.instance, "%d", "/run/credentials/"+u.name, "%%", "%", "$$", "$").Replace(s)
}

// systemctl does as much of systemd's command as docs/deploy.md asks for.
func systemctl(args []string) error {
	var verb string
	var names []string
	for _, arg := range args {
		switch {
		case strings.HasPrefix(arg, "-"):
		case verb == "":
			verb = arg
		default:
			if !strings.Contains(arg, ".") {
				arg += ".service"
			}
			names = append(names, arg)
		}
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".timer") {
			continue // a machine of a test lives for seconds
		}
		u, err := readUnit(name)
		if err != nil {
			return err
		}
		switch verb {
		case "enable", "start":
			err = u.start()
		case "stop":
			err = u.stop()
		case "restart":
			err = errors.Join(u.stop(), u.start())
		default:
			err = fmt.Errorf("systemctl %s is not known here", verb)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// account is who a unit runs as; a dynamic user is one that the machine does not know.
func (u *unit) account() (uid, gid int, err error) {
	if u.values["DynamicUser"] != nil {
		return 61184, 61184, nil
	}
	who, err := user.Lookup(u.values["User"][0])
	if err != nil {
		return 0, 0, err
	}
	uid, _ = strconv.Atoi(who.Uid) // on Linux they are numbers
	gid, _ = strconv.Atoi(who.Gid)
	return uid, gid, nil
}

// folders makes those of a unit, and its credentials.
func (u *unit) folders(uid, gid int) error {
	for _, name := range strings.Fields(strings.Join(u.values["StateDirectory"], " ")) {
		dir := filepath.Join("/var/lib", name)
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.Chown(dir, uid, gid)); err != nil {
			return err
		}
	}
	dir := "/run/credentials/" + u.name
	if err := errors.Join(os.MkdirAll(filepath.Dir(dir), 0o755), os.MkdirAll(dir, 0o700), os.Chown(dir, uid, gid)); err != nil {
		return err
	}
	for _, one := range u.values["LoadCredential"] {
		name, from, _ := strings.Cut(u.expand(one), ":")
		text, err := os.ReadFile(from)
		if err == nil {
			err = errors.Join(os.WriteFile(filepath.Join(dir, name), text, 0o400), os.Chown(filepath.Join(dir, name), uid, gid))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// environment is that of a unit: files count after what stands in the unit.
func (u *unit) environment() ([]string, error) {
	list := []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C"}
	for _, line := range u.values["Environment"] {
		list = append(list, strings.Fields(u.expand(line))...)
	}
	for _, path := range u.values["EnvironmentFile"] {
		text, err := os.ReadFile(strings.TrimPrefix(path, "-"))
		if err != nil && !strings.HasPrefix(path, "-") {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				list = append(list, line)
			}
		}
	}
	for _, name := range strings.Fields(strings.Join(u.values["UnsetEnvironment"], " ")) {
		for i, one := range list {
			if strings.HasPrefix(one, name+"=") {
				list[i] = "UNSET="
			}
		}
	}
	return list, nil
}

// start runs the commands of a unit, and waits for those that end.
func (u *unit) start() error {
	uid, gid, err := u.account()
	if err == nil {
		err = u.folders(uid, gid)
	}
	if err != nil {
		return err
	}
	env, err := u.environment()
	if err != nil {
		return err
	}
	once := len(u.values["Type"]) > 0 && u.values["Type"][0] == "oneshot"
	for _, line := range append(u.values["ExecStart"], u.values["ExecStartPost"]...) {
		log, err := os.OpenFile("/var/log/"+u.name+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer log.Close()
		cmd := exec.Command("/bin/sh", "-fc", "exec "+u.expand(line))
		cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = env, "/", log, log
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := cmd.Start(); err != nil {
			return err
		}
		if once {
			if err := cmd.Wait(); err != nil {
				return err
			}
			continue
		}
		if err := errors.Join(os.MkdirAll(state, 0o755), os.WriteFile(filepath.Join(state, u.name), []byte(strconv.Itoa(cmd.Process.Pid)), 0o600)); err != nil {
			return err
		}
	}
	return nil
}

// stop ends a unit, as far as it runs, and waits for it.
func (u *unit) stop() error {
	text, err := os.ReadFile(filepath.Join(state, u.name))
	if err != nil {
		return nil //nolint:nilerr // it does not run
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}
	return errors.Join(gone(pid), os.Remove(filepath.Join(state, u.name)))
}

// gone waits for a process that is not ours to end: one that has and was not waited for is
// there yet, but its descriptor tells.
func gone(pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd) //nolint:errcheck // it was only asked
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(patience.Milliseconds()))
	if err == nil && n == 0 {
		err = fmt.Errorf("process %d does not end", pid)
	}
	return err
}
