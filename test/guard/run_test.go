//go:build linux

package guard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"tlsready/internal/cli"
)

// run is one call of the program.
type run struct {
	name  string   // "command/what/format/language"; unique
	args  []string // "OUT" in them is a folder of this run's own
	stdin string
	env   []string // in addition to those that every run has
}

// command is the first word of the name: the golden file that the run stands in.
func (r run) command() string {
	first, _, _ := strings.Cut(r.name, "/")
	return first
}

// result is what came of a run, with everything that varies made the same.
type result struct {
	status   int
	out, err []byte
	files    map[string][]byte // by the path below OUT
}

// program runs the program in the working folder dir.
type program func(ctx context.Context, dir string, r run) (status int, out, errs []byte, err error)

// environ is all that a run sees of the environment.
func environ(dir string, r run) []string {
	return append([]string{"HOME=" + filepath.Join(dir, "home"), "LANG=C", "TLSREADY_PASSWORD=secret"}, r.env...)
}

// inProcess runs the program in this process, of which dir has to be the working
// folder.
func inProcess(ctx context.Context, dir string, r run) (int, []byte, []byte, error) {
	var out, errs bytes.Buffer
	streams := cli.Streams{In: strings.NewReader(r.stdin), Out: &out, Err: &errs}
	status := cli.Run(ctx, r.args, streams, environ(dir, r))
	return status, out.Bytes(), errs.Bytes(), nil
}

// binary runs a program that was built.
func binary(path string) program {
	return func(ctx context.Context, dir string, r run) (int, []byte, []byte, error) {
		var out, errs bytes.Buffer
		cmd := exec.CommandContext(ctx, path, r.args...)
		cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, environ(dir, r), strings.NewReader(r.stdin), &out, &errs
		err := cmd.Run()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = nil
		}
		return cmd.ProcessState.ExitCode(), out.Bytes(), errs.Bytes(), err
	}
}

// do runs r and reads what it wrote.
func do(ctx context.Context, start program, dir string, r run) (*result, error) {
	own := "out/" + strings.ReplaceAll(r.name, "/", "-")
	r.args = slices.Clone(r.args)
	for i, arg := range r.args {
		r.args[i] = strings.ReplaceAll(arg, "OUT", own)
	}
	if err := os.MkdirAll(filepath.Join(dir, own), 0o755); err != nil {
		return nil, err
	}
	status, out, errs, err := start(ctx, dir, r)
	if err != nil {
		return nil, err
	}
	same := normaliser(dir, own)
	files, err := readFolder(filepath.Join(dir, own), same)
	return &result{status, same(out), same(errs), files}, err
}

func readFolder(dir string, same func([]byte) []byte) (map[string][]byte, error) {
	files := make(map[string][]byte)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[path[len(dir)+1:]] = same(data)
		return err
	})
	return files, err
}

// normaliser makes the same what differs from run to run: the folders, the ports
// of the servers, and the version of the program.
func normaliser(dir, own string) func([]byte) []byte {
	folders := strings.NewReplacer(own, "OUT", dir, "WORK")
	version := regexp.MustCompile(`tlsready \S+( \([0-9a-f]{12}(, modified)?\))? go1\S+ \S+/\S+`)
	field := regexp.MustCompile(`(?m)^  "(version|revision|time|modified|go|os|arch)": ("go1\S*"|\S+?)(,?)$\n?`)
	return func(text []byte) []byte {
		text = []byte(folders.Replace(string(text)))
		text = samePorts(text)
		text = version.ReplaceAll(text, []byte("tlsready VERSION"))
		if bytes.HasPrefix(text, []byte("{\n  \"version\": ")) {
			text = field.ReplaceAll(text, nil)
		}
		return text
	}
}

// samePorts gives every server the same port. Those of this machine have five
// digits, so that no column moves.
func samePorts(text []byte) []byte {
	return regexp.MustCompile(`(127\.0\.7\.\d+):\d{4,5}\b`).ReplaceAll(text, []byte("$1:50000"))
}

// line is the run's line in the golden file.
func (r *result) line(name string) string {
	return fmt.Sprintf("%s status=%d out=%s err=%s files=%s", name, r.status, digest(r.out), digest(r.err), r.filesDigest())
}

// digest is the beginning of a SHA-256, "-" for nothing: 64 bits tell apart what
// nobody makes alike on purpose.
func digest(data []byte) string {
	if len(data) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.8x", sha256.Sum256(data))
}

func (r *result) filesDigest() string {
	if len(r.files) == 0 {
		return "-"
	}
	var all bytes.Buffer
	for _, path := range slices.Sorted(maps.Keys(r.files)) {
		fmt.Fprintf(&all, "%s %x\n", path, sha256.Sum256(r.files[path]))
	}
	return fmt.Sprintf("%d:%s", len(r.files), digest(all.Bytes()))
}

// whole shows everything of the run, to be read.
func (r *result) whole(args []string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "$ tlsready %s\n%s", samePorts([]byte(strings.Join(args, " "))), r.out)
	if len(r.err) > 0 {
		fmt.Fprintf(&b, "-- standard error --\n%s", r.err)
	}
	for _, path := range slices.Sorted(maps.Keys(r.files)) {
		fmt.Fprintf(&b, "-- %s --\n%s", path, r.files[path])
	}
	fmt.Fprintf(&b, "-- exit status %d --\n", r.status)
	return b.Bytes()
}

// all does every run, as many at a time as there are processors.
func all(ctx context.Context, start program, dir string, runs []run) (map[string]*result, error) {
	var mu sync.Mutex
	var failed []error
	results := make(map[string]*result, len(runs))
	work := make(chan run)
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for r := range work {
				got, err := do(ctx, start, dir, r)
				mu.Lock()
				results[r.name] = got
				if err != nil {
					failed = append(failed, fmt.Errorf("%s: %w", r.name, err))
				}
				mu.Unlock()
			}
		})
	}
	for _, r := range runs {
		work <- r
	}
	close(work)
	workers.Wait()
	return results, errors.Join(failed...)
}
