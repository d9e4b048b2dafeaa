//go:build unix

package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/cli/frame"
)

// endless gives a line a moment and never ends.
type endless struct{ line string }

func (d endless) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return copy(p, d.line), nil
}

// silentPipe is a pipe that somebody holds open and nobody writes to.
func silentPipe(t *testing.T) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pipe.Close() })
	return pipe
}

// manyFiles is a folder of snapshots that take a while to read.
func manyFiles(t *testing.T) string {
	t.Helper()
	one, err := os.ReadFile(filepath.Join("..", "..", "examples", "fleet", "osaka", "FS01.json"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i := range 3000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("FS%04d.json", i)), one, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Proves that Ctrl-C leaves no half of a file, neither under its name nor under another:
// Parquet without its end cannot be read.
func TestInterruptLeavesNoHalf(t *testing.T) {
	dir := t.TempDir()
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	in := endless{"192.0.2.7 - - [15/Jun/2021:05:00:00 +0000] \"GET / HTTP/1.1\" 200 612 TLSv1\n"}
	args := []string{"watch", "-", "--log-format", `$remote_addr - - [$time_local] "$request" $status $bytes_sent $ssl_protocol`, "-o", filepath.Join(dir, "w.parquet"), "-q"}
	ended := make(chan int, 1)
	go func() { ended <- Run(ctx, args, Streams{In: in, Out: io.Discard, Err: io.Discard}, []string{"LANG=C"}) }()
	for deadline := time.Now().Add(time.Minute); len(names(t, dir)) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("nothing is written")
		}
		time.Sleep(time.Millisecond)
	}
	interrupt()
	if status := <-ended; status != frame.ExitInterrupted {
		t.Errorf("status %d", status)
	}
	if left := names(t, dir); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

// names are the files in a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// Proves that the first Ctrl-C ends any read, with exit status 130: of a standard input
// that is silent or never ends, as a source and as a list, and of many files.
func TestFirstInterruptEndsReading(t *testing.T) {
	folder := manyFiles(t)
	judge := []string{"--service", "azure-backup", "--on", "2021-09-01"}
	for _, c := range []struct {
		name string
		in   io.Reader
		args []string
	}{
		{"a silent pipe as a source", silentPipe(t), append([]string{"check", "-"}, judge...)},
		{"a slow source", endless{"HKEY_LOCAL_MACHINE\\SOFTWARE\n"}, append([]string{"check", "-"}, judge...)},
		{"a silent pipe as a list of hosts", silentPipe(t), append([]string{"check", "--hosts", "-"}, judge...)},
		{"a slow list of hosts", endless{"# nobody\n"}, append([]string{"check", "--hosts", "-"}, judge...)},
		{"a silent pipe as a list of targets", silentPipe(t), []string{"probe", "--targets", "-"}},
		{"a slow list of targets", endless{"# nothing\n"}, []string{"probe", "--targets", "-"}},
		{"a silent source to collect", silentPipe(t), []string{"collect", "-"}},
		{"many files", strings.NewReader(""), append([]string{"check", folder}, judge...)},
		{"many files to collect", strings.NewReader(""), []string{"collect", folder, "--dir", filepath.Join(t.TempDir(), "out")}},
		{"many files to compare", strings.NewReader(""), append([]string{"diff", folder, folder}, judge...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(context.Background())
			time.AfterFunc(50*time.Millisecond, interrupt)
			var out, told bytes.Buffer
			ended := make(chan int, 1)
			go func() { ended <- Run(ctx, c.args, Streams{In: c.in, Out: &out, Err: &told}, []string{"LANG=C"}) }()
			select {
			case status := <-ended:
				if status != frame.ExitInterrupted {
					t.Errorf("status %d, %s", status, told.String())
				}
			case <-time.After(time.Minute):
				t.Fatal("goes on reading")
			}
		})
	}
}
