package watchcapture

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tlsready/internal/cli"
	"tlsready/internal/term/tty"
)

// Variables by which this binary is told what it is to be.
const (
	asProgram = "WATCHCAPTURE_PROGRAM" // tlsready itself
	inNetwork = "WATCHCAPTURE_NETWORK" // the tests, in a network of their own
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(cli.Run(cli.Interruptible(context.Background()), os.Args[1:], tty.System(), os.Environ()))
	}
	os.Exit(m.Run())
}

// program is a command of tlsready.
func program(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "LANG=C")
	return cmd
}

// alone runs the calling test again in a network of its own, and says whether the caller
// is in one: only then is it to go on.
func alone(t *testing.T, addresses ...string) bool {
	t.Helper()
	if os.Getenv(inNetwork) != "" {
		for i, text := range addresses {
			if err := configure(i, netip.MustParseAddr(text)); err != nil {
				t.Fatal(err)
			}
		}
		return true
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inNetwork+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, os.ErrPermission):
		t.Logf("not run: a network of its own is made by root alone, where the system lets it: %v", err)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	default:
		t.Log(strings.TrimSpace(string(out)))
	}
	return false
}

// configure gives the loopback interface a further address, and switches it on.
func configure(n int, address netip.Addr) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	up, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	up.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, up); err != nil {
		return err
	}
	alias, err := unix.NewIfreq("lo:" + string(rune('1'+n)))
	if err != nil {
		return err
	}
	if err := alias.SetInet4Addr(address.AsSlice()); err != nil {
		return err
	}
	return unix.IoctlIfreq(socket, unix.SIOCSIFADDR, alias)
}
