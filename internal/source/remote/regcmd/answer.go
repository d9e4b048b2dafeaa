package regcmd

import (
	"bytes"
	"context"
	"regexp"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source/regquery"
)

// Runner runs one command line on the machine.
type Runner interface {
	// Run waits for the command to end. A status other than 0 is no error.
	Run(ctx context.Context, line string) (Answer, error)
}

// Answer is what a command printed and how it ended.
type Answer struct {
	Out    []byte
	Errors string // the lines of standard error, joined
	Status int
}

// said is what a command that failed said: on standard error, or, as Wine's reg
// does, in the only line that it printed. (Among other lines it might be a text of
// the registry.)
func (a Answer) said() string {
	text := strings.TrimSpace(string(bytes.ToValidUTF8(a.Out, nil)))
	if a.Errors == "" && !strings.Contains(text, "\n") && regquery.Parse(text).IsError {
		return text
	}
	return a.Errors
}

// silent says whether a command failed without a word.
func (a Answer) silent() bool { return a.Status != 0 && a.said() == "" }

// Limits on what a command may print, in bytes.
const (
	maxOutput = 64 << 20 // the servicing packages of an old server have some megabytes
	maxErrors = 64 << 10
)

// Output takes what a command prints, and no more than it may. The zero value is
// ready.
type Output struct{ out, errors Limited }

// Stdout takes standard output.
func (o *Output) Stdout() *Limited { o.out.most = maxOutput; return &o.out }

// Stderr takes standard error; what is too long is cut.
func (o *Output) Stderr() *Limited { o.errors.most = maxErrors; return &o.errors }

// Answer is what was printed; line names the command in case it printed too much.
func (o *Output) Answer(line string, status int) (Answer, error) {
	if o.out.over {
		return Answer{}, message.Error("regcmd.long-output", message.Str("line", line), message.Int("limit", maxOutput))
	}
	text := strings.TrimSpace(strings.Join(regquery.Lines(o.errors.buffer.Bytes()), " "))
	return Answer{Out: o.out.buffer.Bytes(), Errors: text, Status: status}, nil
}

// Limited is a buffer that takes no more than it may, and notes that there was
// more.
type Limited struct {
	buffer bytes.Buffer
	most   int
	over   bool
}

// Write keeps what fits; it never fails.
func (l *Limited) Write(p []byte) (int, error) {
	if room := l.most - l.buffer.Len(); len(p) > room {
		l.over = true
		_, _ = l.buffer.Write(p[:max(0, room)])
		return len(p), nil
	}
	return l.buffer.Write(p)
}

// Full says whether there was more than fits.
func (l *Limited) Full() bool { return l.over }

// System reads what "ver" printed: "Microsoft Windows [Version 6.3.9600]", in any
// language. It is false if that is not the answer of a Windows machine.
func System(a Answer) (host.OS, bool) {
	text := strings.Join(regquery.Lines(a.Out), " ")
	m := regexp.MustCompile(`(\d{1,3}\.\d{1,3})\.(\d{3,6})`).FindStringSubmatch(text)
	if a.Status != 0 || m == nil || !strings.Contains(text, "Windows") {
		return host.OS{}, false
	}
	build, err := strconv.Atoi(m[2])
	return host.OS{Version: m[1], Build: build}, err == nil
}
