package assess

import (
	"strconv"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/stack"
)

// Assumed is a recipe that is taken as run before anything is judged (--with).
type Assumed struct {
	File     string // as it was named
	OnServer bool   // on the server of a host: service, not on the hosts
	recipe.Reading
}

// on is a host after the recipe. Values of which the recipe leaves open what they
// are count as not asked.
func (a *Assumed) on(s *host.Snapshot) *host.View {
	after, unsure := a.On(s)
	return host.NewView(after).WithUnsure(unsure...)
}

// maxDoubts is how many places of a recipe are named at each host: the whole list
// stands once, at the top.
const maxDoubts = 5

// doubt makes the verdict of a host unknown if the recipe does something that is not
// understood, and says that the verdict assumes the recipe.
func (a *Assumed) doubt(j *Judged) {
	j.Warnings = append(j.Warnings, stack.Fired{Rule: "recipe-assumed", Args: []message.Arg{message.Str("file", a.File)}})
	var opaque []stack.Fired
	for _, f := range a.Findings {
		fired := a.fired(f)
		switch {
		case f.Opaque && len(opaque) < maxDoubts:
			opaque = append(opaque, fired)
		case f.Unsure != nil && len(j.Warnings) < maxDoubts+3:
			j.Warnings = append(j.Warnings, fired)
		}
	}
	if len(opaque) > 0 && !a.OnServer {
		j.Judgement.Doubt(opaque)
	}
}

// fired turns a place in the recipe into a rule that fired: it stands for a fact that
// nobody knows.
func (a *Assumed) fired(f recipe.Finding) stack.Fired {
	return stack.Fired{
		Rule:     "recipe-unclear",
		Args:     []message.Arg{message.Str("file", a.File), message.Int("line", f.Line), message.Sub("what", f.Text)},
		Evidence: []stack.Evidence{{Key: a.File, Name: "line " + strconv.Itoa(f.Line), State: host.NotAsked}},
	}
}

// Document writes the recipe for a result.
func (a *Assumed) Document(words *message.Catalog) *document.Assumed {
	if a == nil {
		return nil
	}
	d := &document.Assumed{Recipe: a.File, Changes: []document.Change{}, Findings: []document.Finding{}}
	for _, c := range a.Changes() {
		d.Changes = append(d.Changes, document.ChangeOf(c))
	}
	for _, f := range a.Findings {
		d.Findings = append(d.Findings, FindingOf(f, words))
	}
	return d
}

// FindingOf writes what there is to say about one place of a recipe.
func FindingOf(f recipe.Finding, words *message.Catalog) document.Finding {
	return document.Finding{
		File: f.File, Line: f.Line, Column: f.Column, Rule: f.Rule, Severity: string(f.Severity), Text: words.Render(f.Text), Unclear: f.Unclear(),
	}
}
