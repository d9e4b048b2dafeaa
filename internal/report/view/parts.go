package view

import (
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Meeting says how offer and acceptance meet: "SSL 3.0, TLS 1.0 × TLS 1.2 only: fails".
func (w Words) Meeting(s Meeting) string {
	return w.T("meeting",
		message.Str("offer", w.Offered(s.Offer)), message.Str("sign", Sign(s.Verdict.Verdict)),
		message.Str("accepts", w.Acceptance(s.Accepts)), message.Str("verdict", w.Code("verdict", s.Verdict.Verdict)))
}

// Sign stands between an offer and an acceptance.
func Sign(verdict string) string {
	switch verdict {
	case document.Connects:
		return "="
	case document.Unknown:
		return "?"
	}
	return "×"
}

// Mark tells verdicts apart without colour, in one ASCII column.
func Mark(verdict string) string {
	switch verdict {
	case document.Fails:
		return "x"
	case document.Unknown:
		return "?"
	}
	return "+"
}

// PartTitle names a customer folder, an owner or a cause.
func (w Words) PartTitle(p Part, by string) string {
	return w.T("part."+by, message.Str("name", w.PartName(p.Name, by)))
}

// PartName is the name of a part for people.
func (w Words) PartName(name, by string) string {
	switch {
	case name == "":
		return w.T("part.none." + by)
	case by == ByCause:
		return w.Code("cause", name)
	}
	return name
}

// Counts says how many hosts came out how.
func (w Words) Counts(s document.Summary) string {
	judged := s.Connects + s.Fails + s.Unknown
	parts := []string{w.T("counts.judged", message.Int("n", judged))}
	if s.NotInstalled > 0 {
		parts = append(parts, w.T("counts.notInstalled", message.Int("n", s.NotInstalled)))
	}
	if s.Unreadable > 0 {
		parts = append(parts, w.T("counts.unreadable", message.Int("n", s.Unreadable)))
	}
	return w.T("counts", message.Int("n", s.Hosts), message.Str("parts", strings.Join(parts, " / ")))
}

// HostNames lists the first hosts, and how many more there are.
func (w Words) HostNames(hosts []*document.Host) string {
	list := make([]string, len(hosts))
	for i, h := range hosts {
		list[i] = h.Host
	}
	if n := len(list) - MaxListed; n > 0 {
		return w.Text("digest.more", message.Str("list", w.List(list[:MaxListed])), message.Int("n", n))
	}
	return w.List(list)
}

// Dash stands for an empty cell.
func Dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// MaxListed hosts are named if a line stands for many; the other formats have them all.
const MaxListed = 20
