package winrm

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/regcmd"
)

// commandTime bounds one command, whatever the caller's limit: a machine that
// says forever that a command still runs is given up. The list of servicing
// packages of an old server takes a minute.
const commandTime = 5 * time.Minute

// shell is the command shell on the machine. It is made with the first command.
type shell struct {
	link *link
	id   string
}

// errFault says that the service answered with a fault; see shell.ask.
type errFault struct {
	fault *fault
	err   error
}

func (e *errFault) Error() string { return e.err.Error() }
func (e *errFault) Unwrap() error { return e.err }

// isFault says whether an error is a fault with a code of Windows or a name of
// WS-Management.
func isFault(err error, code, subcode string) bool {
	var f *errFault
	return errors.As(err, &f) && (f.fault.code() == code || f.fault.subcode() == subcode)
}

// ask sends a request and reads the answer. Faults are *errFault.
func (s *shell) ask(ctx context.Context, r request) (*envelope, error) {
	scheme := "https"
	if s.link.plain {
		scheme = "http"
	}
	t := s.link.target
	envelope, id := r.write(scheme + "://" + t.Address() + path)
	text, err := s.link.post(ctx, envelope)
	if err != nil {
		return nil, err
	}
	e, err := readEnvelope(text, id)
	if err != nil {
		return nil, peer.Failure(t, "winrm.nonsense").From(err).Hinted(hintWinRM)
	}
	if f := e.Body.Fault; f != nil {
		return nil, &errFault{f, f.failed(t)}
	}
	return e, nil
}

// nonsense is an answer that lacks what was asked for.
func (s *shell) nonsense(id string, args ...message.Arg) error {
	return peer.Failure(s.link.target, "winrm.nonsense").From(message.Error(id, args...)).Hinted(hintWinRM)
}

// maxID bounds the ids that the machine gives to shells and commands: they are
// UUIDs.
const maxID = 128

func (s *shell) checkID(what, id string) (string, error) {
	id = strings.TrimSpace(id)
	if id == "" || len(id) > maxID {
		return "", s.nonsense("winrm.no-id", message.Str("what", what))
	}
	return id, nil
}

// create opens the shell without loading a profile, because that would leave one
// behind, and with output in UTF-8.
func (s *shell) create(ctx context.Context) error {
	e, err := s.ask(ctx, request{
		action:  actionCreate,
		options: map[string]string{"WINRS_NOPROFILE": "TRUE", "WINRS_CODEPAGE": "65001"},
		body: `<rsp:Shell><rsp:IdleTimeOut>` + seconds(idleTime) + `</rsp:IdleTimeOut>` +
			`<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>`,
	})
	if err != nil {
		return err
	}
	for _, selector := range e.Body.Selectors {
		if selector.Name == "ShellId" {
			s.id, err = s.checkID("shell", selector.Value)
			return err
		}
	}
	return s.nonsense("winrm.no-shell")
}

// Run runs a command line in cmd.exe.
func (s *shell) Run(ctx context.Context, line string) (regcmd.Answer, error) {
	if !carried(line) {
		return regcmd.Answer{}, message.Error("winrm.not-carried", message.Quote("line", line))
	}
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	id, err := s.start(ctx, line)
	if err != nil {
		return regcmd.Answer{}, err
	}
	a, err := s.collect(ctx, line, id)
	if err != nil {
		return a, err
	}
	// The machine keeps what belongs to a command until it is told that it is done.
	_, err = s.ask(ctx, request{
		action: actionSignal, shell: s.id,
		body: fmt.Sprintf(`<rsp:Signal CommandId="%s"><rsp:Code>%s</rsp:Code></rsp:Signal>`, escape(id), terminate),
	})
	var f *errFault
	if errors.As(err, &f) {
		err = nil // the command is gone already
	}
	return a, err
}

// start starts a command. A shell that the machine has closed, as after a long
// silence, is opened anew: the command has not been run then.
func (s *shell) start(ctx context.Context, line string) (string, error) {
	fresh := s.id == ""
	if fresh {
		if err := s.create(ctx); err != nil {
			return "", err
		}
	}
	e, err := s.ask(ctx, request{
		action: actionCommand, shell: s.id,
		options: map[string]string{"WINRS_CONSOLEMODE_STDIN": "TRUE", "WINRS_SKIP_CMD_SHELL": "FALSE"},
		body:    `<rsp:CommandLine><rsp:Command>` + escape(line) + `</rsp:Command></rsp:CommandLine>`,
	})
	if !fresh && isFault(err, codeNoShell, "InvalidSelectors") {
		s.id = ""
		return s.start(ctx, line)
	}
	if err != nil {
		return "", err
	}
	return s.checkID("command", e.Body.Command)
}

// collect takes what the command prints until it has ended.
func (s *shell) collect(ctx context.Context, line, id string) (regcmd.Answer, error) {
	var printed regcmd.Output
	to := map[string]*regcmd.Limited{"stdout": printed.Stdout(), "stderr": printed.Stderr()}
	for {
		e, err := s.ask(ctx, request{
			action: actionReceive, shell: s.id,
			body: fmt.Sprintf(`<rsp:Receive><rsp:DesiredStream CommandId="%s">stdout stderr</rsp:DesiredStream></rsp:Receive>`, escape(id)),
		})
		if isFault(err, codeTimedOut, "TimedOut") {
			continue
		}
		if err != nil {
			return regcmd.Answer{}, err
		}
		for _, piece := range e.Body.Streams {
			out, known := to[piece.Name]
			if !known {
				return regcmd.Answer{}, s.nonsense("winrm.stream", message.Quote("name", shortened(piece.Name)))
			}
			if _, err := io.Copy(out, base64.NewDecoder(base64.StdEncoding, strings.NewReader(piece.Text))); err != nil {
				return regcmd.Answer{}, s.nonsense("winrm.piece", message.Str("name", piece.Name), message.Cause("why", err))
			}
		}
		if to["stdout"].Full() {
			return printed.Answer(line, 0) // which says so
		}
		if end := e.Body.State; end != nil && end.State == stateDone {
			status, err := strconv.ParseInt(strings.TrimSpace(end.ExitCode), 10, 64)
			if err != nil {
				return regcmd.Answer{}, s.nonsense("winrm.no-status")
			}
			return printed.Answer(line, int(status))
		}
	}
}

// delete closes the shell, with all that runs in it.
func (s *shell) delete(ctx context.Context) error {
	if s.id == "" {
		return nil
	}
	_, err := s.ask(ctx, request{action: actionDelete, shell: s.id})
	s.id = ""
	if isFault(err, codeNoShell, "InvalidSelectors") {
		return nil
	}
	return err
}
