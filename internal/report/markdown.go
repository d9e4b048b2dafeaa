package report

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// markdownFormat is for tickets, chats and wikis.
func markdownFormat() view.Format {
	return view.Format{Name: "markdown", Extensions: []string{".md", ".markdown"}, Check: markdown}
}

// markdown writes the overview as tables of GitHub's Markdown, with the hosts by
// name, and the next commands.
func markdown(w io.Writer, c *document.Check, o view.Options) error {
	m := &markdownPage{w: view.NewWords(o.Lang)}
	for _, part := range view.Split(c, o.By) {
		if view.PartName(o.By) != nil {
			m.paragraph("## " + mdText(m.w.PartTitle(part, o.By)))
		}
		m.part(part.Check)
	}
	for _, n := range view.NextCommands(o.Command, m.w, c) {
		m.paragraph(mdText(m.w.T(n.ID)))
		m.paragraph("    " + term.Safe(n.Command)) // an indented block: nothing in it can end it
	}
	if view.ChangedNothing(o.Command) {
		m.paragraph(mdText(m.w.T("nothing")))
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}

// markdownPage builds a page out of paragraphs.
type markdownPage struct {
	b strings.Builder
	w view.Words
}

func (m *markdownPage) paragraph(lines ...string) {
	if m.b.Len() > 0 {
		m.b.WriteString("\n")
	}
	m.b.WriteString(strings.Join(lines, "\n") + "\n")
}

func (m *markdownPage) part(c *document.Check) {
	for _, s := range view.ByUrgency(c.Services) {
		text := "**" + mdText(m.w.ServiceName(s)) + "**: " + mdText(m.w.From(s))
		for _, extra := range []string{m.w.Days(s), m.w.Certainty(s)} {
			if extra != "" {
				text += " (" + mdText(extra) + ")"
			}
		}
		m.paragraph(text)
	}
	m.paragraph(mdText(m.w.Counts(c.Summary)))
	m.overview(c)
	for _, verdict := range []string{document.Unreadable, document.NotInstalled} {
		if hosts := view.Unjudged(c, verdict); len(hosts) > 0 {
			m.paragraph(mdText(m.w.T("named", message.Str("what", m.w.T("list."+verdict, message.Int("n", len(hosts)))), message.Str("hosts", m.w.HostNames(hosts)))))
		}
	}
}

// overview writes the grouped lines, each with its hosts.
func (m *markdownPage) overview(c *document.Check) {
	list := view.Groups(c)
	if len(list) == 0 {
		return
	}
	heads := []string{"verdict", "hosts", "cause", "fix", "restart"}
	if len(c.Services) > 1 {
		heads = append(heads, "service")
	}
	var head, rule []string
	for _, id := range heads {
		head, rule = append(head, mdText(m.w.T("col."+id))), append(rule, "---")
	}
	lines := []string{mdRow(head), mdRow(rule)}
	for _, l := range view.Overview(list, m.w) {
		row := []string{
			m.w.Code("verdict", l.Verdict), fmt.Sprintf("%d: %s", l.Hosts, m.w.HostNames(hostsOf(list, l))), m.w.LineCause(l), view.Dash(l.Fix), l.Restart,
		}
		if len(c.Services) > 1 {
			row = append(row, l.Service.ID)
		}
		for i, cell := range row {
			row[i] = mdText(cell)
		}
		lines = append(lines, mdRow(row))
	}
	m.paragraph(lines...)
}

func mdRow(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }

// hostsOf are the hosts of the groups behind a line, each once.
func hostsOf(list []*view.Group, l view.Line) []*document.Host {
	var hosts []*document.Host
	for _, at := range l.Groups {
		hosts = append(hosts, list[at].Hosts...)
	}
	return hosts
}

// mdText keeps text from outside literal in a paragraph, a heading or a cell of Markdown:
// backslashes take markup, links and HTML apart (CommonMark section 2.4; GitHub also
// makes links of bare addresses). An underscore inside a word is not markup.
func mdText(s string) string {
	s = strings.ReplaceAll(term.Safe(s), "://", "\x00")
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == 0:
			b.WriteString(`:\//`)
			continue
		case strings.ContainsRune("\\`*[]<>|~", r),
			r == '_' && !(wordAt(s, i-1) && wordAt(s, i+1)),
			i == 0 && strings.ContainsRune("#-+=", r) && len(s) > 1,
			r == '.' && strings.HasSuffix(strings.ToLower(s[:i]), "www"),
			r == '@', r == '&':
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// mdLink is an address as a link if it is one of the web, else as text.
func mdLink(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || term.Safe(address) != address || strings.ContainsAny(address, " <>") {
		return mdText(address)
	}
	return "<" + address + ">"
}

// wordAt says whether a letter or digit stands at a place of s.
func wordAt(s string, at int) bool {
	return at >= 0 && at < len(s) && (s[at] >= 0x80 || strconv.IsPrint(rune(s[at])) && !strings.ContainsRune(" !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", rune(s[at])))
}
