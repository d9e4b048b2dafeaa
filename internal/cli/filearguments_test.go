//go:build unix

package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/cli/frame"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// fileFlags are the flags that read a file, with what else the command line needs.
func fileFlags() map[string][]string {
	return map[string][]string{
		"accepts": nil, "assume": nil, "callers-from": nil, "cert": nil, "client-ca": nil, "client-cert": {"--server", "http://127.0.0.1:1"}, "client-key": {"--server", "http://127.0.0.1:1"}, "config": nil, "diff": nil, "endpoint": nil, "hello": nil, "holidays": nil, "host": nil, "hosts": nil, "key": nil, "oidc-roles": nil, "oidc-secret-file": nil, "owners": nil, "password-file": nil, "plan": nil, "pseudonym-key": nil,
		"replay": nil, "schedules": nil, "seen": nil, "server-ca": {"--server", "http://127.0.0.1:1"}, "service": nil, "since": nil, "store": nil, "targets": nil, "token-file": {"--server", "http://127.0.0.1:1"}, "undo": {"--apply", "--yes"}, "webhooks": nil, "with": nil, "policy": nil, "as": nil,
	}
}

// otherFlags have a value that is no file to be read: a word, or what is written.
func otherFlags() []string {
	return []string{
		"accepting", "all-tenants", "by", "caller", "certificate", "client-field", "color", "concurrency", "contact", "count", "covered", "days", "dir", "divert", "dry-run", "end", "export", "for", "format", "from", "help", "history", "host-timeout", "id", "jitter", "kind", "lang", "legacy", "like", "listen", "log", "log-format", "minimum", "name", "new", "nodes", "oidc-client-id", "oidc-issuer", "public-url", "role", "trusted-proxy",
		"until", "reason", "owner", "mail", "client", "on", "only", "os", "output", "owner-by", "people", "port", "program", "proxy", "rate", "record", "refuse", "rehearsal", "report", "root", "sandbox", "save", "server", "shard", "site", "slots", "sni", "source", "starttls", "tenant", "test-endpoint", "timeout", "timezone", "today", "total-rate", "upstream", "via",
	}
}

// arguments are the commands that read files which their arguments name; "@" is one.
func arguments(good string) map[string][]string {
	return map[string][]string{
		"callers lint": {"@"}, "callers of": {"@"}, "callers show": {"@"}, "check": {"@"}, "collect": {"@", "-o", "-"}, "diff": {"@", good}, "fix": {"@", "--service", "azure-backup"},
		"feed": {"@"}, "gate check": {"@"}, "services feed": {"@"}, "lint": {"@"}, "store restore": {"@", "--store", filepath.Join(filepath.Dir(good), "none", "store.db")}, "report": {"@"}, "services guide": {"@"}, "services lint": {"@"}, "services show": {"@"},
	}
}

// beside is what a command needs in addition to a flag that is tried, so that nothing but
// the flag's file can stop it.
func beside(command, flag, good string) []string {
	switch {
	case command == "probe" && flag != "targets":
		return []string{"127.0.0.1:1"}
	case command == "check", command == "fix" && flag != "undo":
		list := []string{good}
		if flag != "service" && flag != "endpoint" {
			list = append(list, "--service", "azure-backup")
		}
		return list
	case command == "worker":
		return []string{"--server", "https://127.0.0.1:1", "--site", "tokyo", "--once"}
	case command == "collect":
		return []string{good, "-o", "-"}
	case command == "diff":
		return []string{good, good}
	case command == "callers show":
		return []string{"mars"}
	case command == "services show", command == "services guide":
		return []string{"azure-backup"}
	case command == "completion":
		return []string{"bash"}
	case command == "gate check":
		return []string{filepath.Join(filepath.Dir(good), "..", "..", "gate.yaml")}
	case command == "store backup":
		return []string{filepath.Join(filepath.Dir(good), "none", "backup")}
	case command == "store history":
		return []string{"acme/DC01"}
	case command == "store prune":
		return []string{"--people", "1"}
	case command == "serve user add", command == "serve user password", command == "serve user disable", command == "serve user enable", command == "serve user remove", command == "serve token add", command == "serve token revoke":
		return []string{"alice"}
	case command == "watch", command == "report":
		return []string{good}
	case command == "explain":
		return []string{"dotnet4-legacy-default"}
	}
	return nil
}

// noFiles makes what no command may read: a device without an end, a pipe that nobody
// writes to, a pipe that somebody holds open, a folder, a file of 2 GB.
func noFiles(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	at := map[string]string{"device": "/dev/zero"}
	for _, name := range []string{"pipe", "held", "folder", "large"} {
		at[name] = filepath.Join(dir, name+"-x")
	}
	large, err := os.Create(at["large"])
	for _, err := range []error{err, large.Truncate(2 << 30), large.Close(), os.Mkdir(at["folder"], 0o700), syscall.Mkfifo(at["pipe"], 0o600), syscall.Mkfifo(at["held"], 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.OpenFile(at["held"], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Close() })
	return at
}

// Proves, for every flag and argument of every command that takes a file, that anything
// else is refused at once, by its name and as a wrong usage. Whoever adds a flag says
// here whether it reads a file.
func TestNoFileIsRefused(t *testing.T) {
	good, err := filepath.Abs(filepath.Join("..", "..", "examples", "fleet", "osaka", "FS01.json"))
	if err != nil {
		t.Fatal(err)
	}
	bad := noFiles(t)
	tried := 0
	everyCommand("en", func(_ *App, cmd *cobra.Command) {
		command := strings.TrimPrefix(strings.TrimPrefix(cmd.CommandPath(), "tlsready"), " ")
		if command == "" || cmd.HasSubCommands() {
			return
		}
		words := strings.Fields(command)
		for kind, path := range bad {
			if rest, ok := arguments(good)[command]; ok {
				args := slices.Clone(rest)
				args[slices.Index(args, "@")] = path
				tried++
				refusesFile(t, kind, path, append(slices.Clone(words), args...))
			}
		}
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			more, reads := fileFlags()[flag.Name]
			if !reads && flag.Value.Type() != "bool" && !slices.Contains(otherFlags(), flag.Name) {
				t.Errorf("%s --%s: does it read a file?", command, flag.Name)
			}
			if !reads || flag.Name == "as" && command != "probe" || flag.Name == "with" && command == "diff" || // diff has no use for it
				command == "services new" && (flag.Name == "endpoint" || flag.Name == "accepts") ||
				command == "watch" && flag.Name == "since" ||
				command == "store restore" || // it looks at the backup first
				command == "gate plan" && flag.Name == "endpoint" {
				return
			}
			for kind, path := range bad {
				args := slices.Concat(words, beside(command, flag.Name, good), []string{"--" + flag.Name, path}, more)
				tried++
				refusesFile(t, kind, path, args)
			}
		})
	})
	if tried < 150 {
		t.Errorf("%d command lines are few", tried)
	}
}

// takesFolder says whether a folder is what the command line asks for.
func takesFolder(args []string) bool {
	return slices.Contains([]string{"check", "collect", "fix", "diff", "callers", "report"}, args[0]) && !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--") && a != "--service" }) ||
		slices.Contains(args, "--callers-from")
}

// refusesFile runs a command line that names what is no file.
func refusesFile(t *testing.T, kind, path string, args []string) {
	t.Helper()
	var out, told bytes.Buffer
	ended := make(chan int, 1)
	begun := time.Now()
	go func() {
		ended <- Run(context.Background(), args, Streams{In: strings.NewReader(""), Out: &out, Err: &told}, []string{"LANG=C"})
	}()
	select {
	case status := <-ended:
		both := told.String() + out.String()
		if kind == "folder" && takesFolder(args) {
			return
		}
		if status != frame.ExitUsage || !strings.Contains(both, filepath.Base(path)) {
			t.Errorf("%s, %v: status %d after %v, %s", kind, args, status, time.Since(begun), both)
		}
	case <-time.After(time.Minute): // it takes milliseconds; a loaded machine takes more
		t.Fatalf("%s, %v: goes on reading", kind, args)
	}
}
