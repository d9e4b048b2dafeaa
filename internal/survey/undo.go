package survey

import (
	"context"
	"errors"
	"strings"

	"tlsready/internal/apply"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/userfile"
)

// UndoPlan is what an undo file is going to put back, and where.
type UndoPlan struct {
	*Machine
	File  *apply.File
	Path  string // of the undo file
	Force bool   // put back also what somebody changed since
}

// PlanUndo reads an undo file. It is for the machine that it names, or with a URL
// for that one; another machine than it was written for needs force.
func (a *Applier) PlanUndo(path, url string, force bool) (*UndoPlan, error) {
	file, err := readUndo(path)
	if err != nil {
		return nil, err
	}
	if url == "" {
		url = file.Source
	}
	m, err := a.Machine(url)
	switch {
	case err != nil:
		return nil, err
	case !strings.EqualFold(m.ID, file.Host) && !force:
		return nil, mistake("undo-host", message.Str("file", path), message.Str("host", file.Host), message.Str("here", m.ID))
	case !m.MayWrite:
		return nil, notElevated(m.ID)
	}
	return &UndoPlan{Machine: m, File: file, Path: path, Force: force}, nil
}

func readUndo(path string) (*apply.File, error) {
	text, err := userfile.Read(path, apply.MaxUndoFile)
	if err != nil {
		return nil, cannotRead(path, err)
	}
	file, err := apply.Decode(text)
	if err != nil {
		return nil, &Mistake{&message.Problem{Where: path, What: message.CauseOf(err), Hint: message.New("survey.hint.undo-file"), Err: err}}
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
	done, err := apply.Undo(ctx, w, p.File, p.Force)
	if err != nil {
		return done, a.undoProblem(p, err)
	}
	return done, nil
}

func (a *Applier) undoProblem(u *UndoPlan, err error) *message.Problem {
	var drift *apply.DriftError
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
	case errors.As(err, &left):
		p = said(u.Machine, "undo-left", message.Cause("why", left.Err), message.Str("what", leftOver(left.Left, left.LeftKeys)))
		p.Hint = message.New("survey.hint.undo-left", message.Str("command", a.UndoCommand(u.Path)))
	default: // it failed while it looked
		p = said(u.Machine, "undo-untouched", message.Cause("why", err))
	}
	if errors.Is(err, registry.ErrDenied) {
		p.Hint = u.rightHint()
	}
	p.Err = err
	return p
}
