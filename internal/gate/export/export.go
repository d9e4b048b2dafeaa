// Package export puts a gate's plan into the words of engines that are there already:
// proxies that run the whole plan by themselves, and edges whose commands somebody gives
// day by day. Each engine is a room of its own behind [Engine].
//
// The engines get the plan as moments (see [Plan]) and ask [gate.Now.Act] what happens to
// whom, so that none of them judges by itself.
package export

import (
	"strings"

	"tlsready/internal/gate"
	"tlsready/internal/message"
)

// Engine is something that a plan is exported to.
type Engine interface {
	// Name is what --export, or --for of the commands, has for it.
	Name() string
	// Lacks is what of a plan the engine cannot do, or does in another way. It stands in
	// the head of what is written.
	Lacks(p *Plan) []message.Text
	// Files writes the plan, the main file first. An error is a [message.Problem]: a plan
	// that the engine cannot run at all.
	Files(p *Plan, words *message.Catalog) ([]File, error)
}

// File is a file that an engine reads.
type File struct {
	Name string // without a folder
	Text string
	// Script says that it is to be run.
	Script bool
}

// Writer writes lines of a configuration with remarks in somebody's language.
type Writer struct {
	strings.Builder
	Words *message.Catalog
}

// Line writes lines as they are.
func (w *Writer) Line(lines ...string) {
	for _, l := range lines {
		w.WriteString(l)
		w.WriteByte('\n')
	}
}

// Remark writes a text as a comment at an indentation, a line for each of its lines.
func (w *Writer) Remark(indent string, t message.Text) {
	for line := range strings.Lines(w.Words.Render(t)) {
		w.Line(strings.TrimRight(indent+"# "+strings.TrimRight(line, "\n"), " "))
	}
}

// Head writes what a file is, what it lacks, and the course of the plan.
func (w *Writer) Head(e Engine, p *Plan) {
	w.Remark("", message.New("gate.export.head", message.Str("engine", e.Name()), message.Str("plan", p.Name), message.Str("zone", p.ZoneName())))
	w.Remark("", message.New("gate.export.use-"+e.Name(), message.Str("plan", p.Name)))
	w.Line("#")
	lacks := e.Lacks(p)
	if len(lacks) > 0 {
		w.Remark("", message.New("gate.export.lacks", message.Str("engine", e.Name())))
	}
	for _, t := range lacks {
		w.Remark("", message.New("gate.export.item", message.Sub("text", t)))
	}
}

// PlainTLS refuses a plan whose hello comes after STARTTLS: a proxy that only looks on sees
// it too late.
func PlainTLS(e Engine, p *Plan) error {
	if p.Protocol == gate.PlainTLS {
		return nil
	}
	return message.Error("gate.export.protocol", message.Str("engine", e.Name()), message.Str("protocol", p.Protocol)).Hinted("gate.hint.export-protocol")
}
