package regcmd

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"

	"tlsready/internal/message"
)

// maxLine bounds a command line with several questions, in characters. Cmd.exe
// takes 8191, of which its own path, and what WinRM, sshd or PowerShell put
// around and into the line, need a part that nobody has written down.
const maxLine = 4096

// batch is several questions in one command line of cmd.exe:
//
//	reg query "K"&(if errorlevel 0 if not errorlevel 1 echo M.0.0)&echo M.0.&>&2 echo M.0.
//
// "if errorlevel" looks when its turn has come, unlike %ERRORLEVEL%. It holds for
// that status and all above it, and a program that was ended has one below 0.
type batch struct {
	questions []question
	took      int    // how many of those given are in it, or cannot be asked in cmd.exe
	token     string // M above: drawn anew for each command line, so that nothing in a registry can know it
	line      string
}

// newBatch takes as many questions from the front as fit into one line.
func newBatch(questions []question) batch {
	const length = 10 // of 32 characters each: nobody guesses 50 bits
	b := batch{token: strings.ToLower(rand.Text()[:length])}
	for _, q := range questions {
		text, err := Cmd.command(q.words...)
		if err == nil {
			mark := b.mark(len(b.questions))
			text += fmt.Sprintf("&(if errorlevel 0 if not errorlevel 1 echo %[1]s0)&echo %[1]s&>&2 echo %[1]s", mark)
			if len(b.line)+1+len(text) > maxLine && len(b.questions) > 0 {
				return b
			}
			if b.line != "" {
				b.line += "&"
			}
			b.line += text
			b.questions = append(b.questions, q)
		}
		b.took++
	}
	return b
}

// mark ends the answer to a question, in both outputs.
func (b batch) mark(i int) string { return fmt.Sprintf("%s.%d.", b.token, i) }

// split takes the answers apart. It is false if something is missing or out of place,
// and none of it can be trusted.
func (b batch) split(a Answer) ([]Answer, bool) {
	list := make([]Answer, 0, len(b.questions))
	out, errs := a.Out, a.Errors
	for i := range b.questions {
		mark := b.mark(i)
		body, rest, ok := cutLine(out, mark)
		text, more, marked := strings.Cut(errs, mark)
		if !ok || !marked {
			return nil, false
		}
		one := Answer{Out: body, Errors: strings.TrimSpace(text), Status: 1}
		if before, after, well := cutLine(body, mark+"0"); well && len(after) == 0 {
			one.Out, one.Status = before, 0
		}
		if bytes.Contains(one.Out, []byte(b.token)) || strings.Contains(text, b.token) {
			return nil, false
		}
		list = append(list, one)
		out, errs = rest, more
	}
	return list, len(bytes.TrimSpace(out)) == 0 && strings.TrimSpace(errs) == ""
}

// cutLine cuts data around the first line that is the mark.
func cutLine(data []byte, mark string) (before, after []byte, found bool) {
	for from := 0; ; {
		at := bytes.Index(data[from:], []byte(mark))
		if at < 0 {
			return nil, nil, false
		}
		at += from
		rest := bytes.TrimPrefix(data[at+len(mark):], []byte("\r"))
		if (at == 0 || data[at-1] == '\n') && len(rest) > 0 && rest[0] == '\n' {
			return data[:at], rest[1:], true
		}
		from = at + len(mark)
	}
}

// wrap hands a line of cmd.exe to the shell. Through PowerShell it goes in single
// quotes to a cmd.exe that takes off the quotes that PowerShell puts around it.
// Whether the double quotes within arrive depends on sshd's way of calling
// PowerShell; if they do not, reg.exe takes a key with a space for an error,
// which is not kept.
func (s Shell) wrap(line string) (string, error) {
	if s != PowerShell {
		return line, nil
	}
	if strings.ContainsAny(line, "\u2018\u2019\u201a\u201b") {
		return "", message.Error("regcmd.quotes")
	}
	return "cmd /d /s /c '" + strings.ReplaceAll(line, "'", "''") + "'", nil
}
