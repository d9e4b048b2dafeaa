package survey

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"tlsready/internal/apply"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/source/live"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// UndoPlan is what an undo file is about to put back, and on which machine.
type UndoPlan struct {
	*Machine
	File    *apply.File
	Path    string // of the undo file
	Force   bool   // put back also what somebody changed since
	Renamed bool   // the machine has another name than the file says, and has to prove who it is
}

// PlanUndo reads an undo file, which is for the machine that it names. If that is not
// this machine, the user has to name it, as url: the content of a file must not decide
// where a password goes. A machine of another name needs force, and is then checked
// against what the file knows of it.
func (a *Applier) PlanUndo(path, url string, force bool) (*UndoPlan, error) {
	file, err := readUndo(path)
	if err != nil {
		return nil, err
	}
	if url == "" && !strings.EqualFold(file.Source, live.URL) {
		return nil, mistake("undo-unnamed", message.Str("file", path), message.Str("host", file.Host), message.Str("command", a.UndoCommand(file.Source, path)))
	}
	m, err := a.Machine(cmp.Or(url, file.Source))
	if err != nil {
		return nil, err
	}
	renamed := !strings.EqualFold(m.ID, file.Host)
	who := []message.Arg{message.Str("file", path), message.Str("host", file.Host), message.Str("here", m.ID)}
	switch {
	case renamed && (!file.Sealed || file.Machine.ID == ""):
		return nil, mistake("undo-unproven", who...)
	case renamed && !force:
		return nil, mistake("undo-host", who...)
	case !m.MayWrite:
		return nil, notElevated(m.ID)
	}
	if !file.Sealed && a.Warn != nil {
		a.Warn(message.New("survey.warning.undo-unsealed", who...))
	}
	return &UndoPlan{Machine: m, File: file, Path: path, Force: force, Renamed: renamed}, nil
}

func readUndo(path string) (*apply.File, error) {
	text, err := userfile.Read(path, apply.MaxUndoFile)
	if err != nil {
		return nil, judge.CannotRead(path, err)
	}
	file, err := apply.Decode(text)
	if errors.Is(err, apply.ErrChanged) {
		return nil, &Mistake{Err: &message.Problem{Where: path, What: message.CauseOf(err), Hint: message.New("survey.hint.undo-changed"), Err: err}}
	}
	if err != nil {
		return nil, &Mistake{Err: &message.Problem{Where: path, What: message.CauseOf(err), Hint: message.New("survey.hint.undo-file"), Err: err}}
	}
	return file, nil
}

// Undo puts back what the plan says.
func (a *Applier) Undo(ctx context.Context, p *UndoPlan) (apply.Undone, error) {
	w, err := p.Open(ctx)
	if err != nil {
		return apply.Undone{}, unreached(p.Machine, err)
	}
	defer w.Close()
	done, err := apply.Undo(ctx, w, p.File, apply.UndoOptions{Force: p.Force, Renamed: p.Renamed})
	if err != nil {
		return done, a.undoProblem(p, err)
	}
	return done, nil
}

func (a *Applier) undoProblem(u *UndoPlan, err error) *message.Problem {
	var drift *apply.DriftError
	var other *apply.OtherMachineError
	var left *apply.UndoError
	var p *message.Problem
	switch {
	case errors.As(err, &drift):
		steps := make([]apply.Step, len(drift.Values))
		for i, d := range drift.Values {
			steps[i] = d.Step
		}
		p = said(u.Machine, "undo-drift", message.Int("n", len(steps)), message.Str("what", leftOver(steps, nil)))
		p.Hint = message.New("survey.hint.undo-drift")
	case errors.As(err, &other):
		p = said(u.Machine, "undo-other", message.Str("file", u.Path), message.Cause("why", other))
		p.Hint = message.New("survey.hint.undo-other")
	case errors.As(err, &left):
		p = said(u.Machine, "undo-left", message.Cause("why", left.Err), message.Str("what", leftOver(left.Left, left.LeftKeys)))
		p.Hint = message.New("survey.hint.undo-left", message.Str("command", a.UndoCommand(u.URL, u.Path)))
	default: // it failed while it looked
		p = said(u.Machine, "undo-untouched", message.Cause("why", err))
	}
	if errors.Is(err, registry.ErrDenied) {
		p.Hint = u.rightHint()
	}
	p.Err = err
	return p
}
