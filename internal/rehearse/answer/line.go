package answer

import (
	"cmp"
	"strings"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/rehearse"
	"tlsready/internal/term"
)

// line is all of it in one line: fields for a script, as those that fix writes print
// them, then words.
func (a *Answers) line(words *message.Catalog, v *rehearse.Visitor) string {
	version, suite := agreed(v)
	fields := []string{
		"TLSREADY", "survives=" + v.Survives.String(), "version=" + strings.ReplaceAll(version, " ", ""), "suite=" + suite,
		"stack=" + cmp.Or(v.Stack.ID, "-"), "service=" + v.Rehearsal.Service, "on=" + v.Rehearsal.On,
	}
	said := words.Render(headline(v)) + " (" + serviceName(v, words.Lang()) + ")"
	if why := words.Render(why(v)); why != "" {
		said += ": " + why
	}
	if remedy := words.Render(v.Remedy); remedy != "" {
		said += " | " + remedy
	}
	return term.OneLine(strings.Join(fields, " ") + " | " + said)
}

// agreed is the version and the suite that were agreed on.
func agreed(v *rehearse.Visitor) (version, suite string) {
	if v.Negotiated == nil {
		return "-", "-"
	}
	return v.Negotiated.Version.String(), cmp.Or(v.Negotiated.Suite, "-")
}

// headline says whether the visitor survives what is rehearsed.
func headline(v *rehearse.Visitor) message.Text {
	return message.New("rehearse.headline."+v.Survives.String(), message.Str("date", v.Rehearsal.On))
}

// why is the reason, which of a success says nothing that is not seen.
func why(v *rehearse.Visitor) message.Text {
	if v.Survives == tlsready.Yes && v.Finding == "" {
		return message.Text{}
	}
	return v.Why
}

func serviceName(v *rehearse.Visitor, lang string) string {
	return term.OneLine(cmp.Or(v.Service.Name[lang], v.Service.Name["en"], v.Service.ID))
}
