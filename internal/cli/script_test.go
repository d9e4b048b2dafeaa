package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tlsready/internal/term/tty"
)

// TestMain lets scripts call this test binary as "tlsready".
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tlsready": func() {
			os.Exit(Run(Interruptible(context.Background()), os.Args[1:], tty.System(), os.Environ()))
		},
	})
}

// Proves the stories of testdata/script: what a person types, sees and gets as
// exit status.
func TestScripts(t *testing.T) {
	servers := probeServers(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"status": status},
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir+"/home")
			env.Setenv("XDG_CONFIG_HOME", "")
			env.Setenv("LANG", "C")
			fleet, err := filepath.Abs(filepath.Join("..", "..", "examples", "fleet"))
			if err != nil {
				return err
			}
			env.Setenv("FLEET", fleet)
			captures, err := filepath.Abs(filepath.Join("..", "observe", "capture", "testdata"))
			if err != nil {
				return err
			}
			env.Setenv("CAPTURES", captures)
			for name, address := range servers {
				env.Setenv(name, address)
			}
			return nil
		},
	})
}

// status runs a command and compares its exit status: "status 2 tlsready chek".
// Unlike "! exec" it tells the statuses apart.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status NUMBER COMMAND [ARGUMENT...]")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}
