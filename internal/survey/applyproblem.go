package survey

import (
	"errors"
	"strings"

	"tlsready/internal/apply"
	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// said is the text survey.error.ID about a machine, without a hint.
func said(m *Machine, id string, args ...message.Arg) *message.Problem {
	return message.Error("survey.error."+id, append([]message.Arg{message.Str("host", m.ID)}, args...)...)
}

// notElevated is a machine on which the account is known to lack the right.
func notElevated(id string) *message.Problem {
	p := problem("apply-elevation", message.Str("host", id))
	p.Err = registry.ErrDenied
	return p
}

// unreached is a machine that could be read, but not reached to change it.
func unreached(m *Machine, err error) *message.Problem {
	return said(m, "apply-unreached", message.Cause("why", err))
}

// applyProblem says what a failure means for the machine, and the path of the undo
// file if it is needed.
func (a *Applier) applyProblem(m *Machine, err error) (Result, string, *message.Problem) {
	var broken *apply.BrokenError
	var stale *apply.StaleError
	var unwritten *apply.UndoFileError
	var p *message.Problem
	switch {
	case errors.As(err, &broken):
		return a.brokenProblem(m, broken)
	case errors.As(err, &stale):
		p = said(m, "apply-stale", message.Str("key", stale.Key), message.Str("name", valueName(stale.Name)))
		p.Hint = message.New("survey.hint.apply-stale")
	case errors.As(err, &unwritten):
		p = said(m, "apply-no-undo", message.Str("path", unwritten.Path), message.Cause("why", unwritten.Err))
		p.Hint = message.New("survey.hint.apply-no-undo")
	default:
		p = said(m, "apply-untouched", message.Cause("why", err))
		if errors.Is(err, registry.ErrDenied) {
			p.Hint = m.rightHint()
		}
	}
	p.Err = err
	return Untouched, "", p
}

// brokenProblem is a change that failed half-way.
func (a *Applier) brokenProblem(m *Machine, broken *apply.BrokenError) (Result, string, *message.Problem) {
	var p *message.Problem
	why, restored := message.Cause("why", broken.Err), len(broken.Restored)+len(broken.Removed)
	var step *apply.StepError
	denied := errors.As(broken.Err, &step) && errors.Is(step, registry.ErrDenied)
	switch {
	case !broken.Whole():
		return Half, broken.Undo, a.halfProblem(m, broken)
	case denied:
		p = said(m, "apply-denied", m.accountArg(), rightArg(step), message.Str("key", step.Key))
		if step.Create {
			p = said(m, "apply-denied", m.accountArg(), rightArg(step), message.Str("key", registry.Parent(step.Key)))
		}
		p.Hint = m.rightHint()
	case restored == 0:
		p = said(m, "apply-untouched", why)
	default:
		p = said(m, "apply-restored", why, message.Int("n", restored))
	}
	p.Err = broken
	return Untouched, broken.Undo, p
}

// halfProblem names what is known to be changed, what is not known, and the command
// that puts it back.
func (a *Applier) halfProblem(m *Machine, broken *apply.BrokenError) *message.Problem {
	known, doubtful := parts(broken)
	what := message.Str("what", known)
	if known == "" {
		what = message.Sub("what", message.New("survey.apply.none"))
	}
	id := "apply-half"
	if broken.Lost != nil {
		id = "apply-lost"
	}
	p := said(m, id, message.Cause("why", broken.Err), what)
	if doubtful != "" {
		p.What = message.New("survey.apply.with-doubtful", message.Sub("known", p.What), message.Str("what", doubtful))
	}
	p.Hint = message.New("survey.hint.apply-half", message.Str("command", a.UndoCommand(m.URL, broken.Undo)))
	p.Err = broken
	return p
}

// parts parts what is left into what is known to be changed and what is not.
func parts(e *apply.BrokenError) (known, doubtful string) {
	isDoubtful := func(s apply.Step) bool {
		for _, d := range e.Doubtful {
			if d.Key == s.Key && d.Name == s.Name {
				return true
			}
		}
		return false
	}
	var steps []apply.Step
	for _, s := range e.Left {
		if !isDoubtful(s) {
			steps = append(steps, s)
		}
	}
	var keys, perhaps []string
	for _, k := range e.LeftKeys {
		if k == e.DoubtfulKey {
			perhaps = append(perhaps, k)
		} else {
			keys = append(keys, k)
		}
	}
	return leftOver(steps, keys), leftOver(e.Doubtful, perhaps)
}

func (m *Machine) accountArg() message.Arg {
	if m.Account == "" {
		return message.Sub("account", message.New("survey.apply.this-account"))
	}
	return message.Str("account", m.Account)
}

// rightArg names the right that is missing, in the words of Windows' own list of
// permissions.
func rightArg(step *apply.StepError) message.Arg {
	if step.Create {
		return message.Sub("right", message.New("survey.apply.right.create"))
	}
	return message.Sub("right", message.New("survey.apply.right.set"))
}

// rightHint says how to come by the rights on this kind of machine.
func (m *Machine) rightHint() message.Text {
	switch m.Scheme {
	case "smb", "winrm":
		return message.New("survey.hint.apply-denied-network")
	case "ssh":
		return message.New("survey.hint.apply-denied-ssh")
	}
	return message.New("survey.hint.apply-elevation")
}

// leftOver names values and keys in one line.
func leftOver(steps []apply.Step, keys []string) string {
	names := make([]string, 0, len(steps)+len(keys))
	for _, s := range steps {
		names = append(names, s.Key+" "+valueName(s.Name))
	}
	return strings.Join(append(names, keys...), "; ")
}

// valueName is how a value is called, of which the default one has no name.
func valueName(name string) string {
	if name == "" {
		return "(Default)"
	}
	return name
}
