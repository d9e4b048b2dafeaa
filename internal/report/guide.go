package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regexe"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// Guide writes the announcement page of a service as Markdown.
func Guide(w io.Writer, g *document.Guide, words *message.Catalog) error {
	p := &guidePage{g: g, words: words}
	p.head()
	p.affected()
	for i := range g.Groups {
		p.group(i, &g.Groups[i])
	}
	p.rest()
	_, err := io.WriteString(w, p.b.String())
	return err
}

type guidePage struct {
	b     strings.Builder
	g     *document.Guide
	words *message.Catalog
}

func (p *guidePage) t(id string, args ...message.Arg) string {
	return p.words.Text("guide."+id, args...)
}

func (p *guidePage) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

func (p *guidePage) name() string {
	return mdText(cmp.Or(p.g.Service.Name[p.words.Lang()], cmp.Or(p.g.Service.Name["en"], p.g.Service.ID)))
}

func (p *guidePage) versions() string {
	if p.g.Service.Accepts == nil {
		return ""
	}
	var names []string
	for _, v := range p.g.Service.Accepts.Versions.List() {
		names = append(names, v.String())
	}
	return strings.Join(names, p.t("comma"))
}

func (p *guidePage) head() {
	s := p.g.Service
	zone := ""
	if s.Timezone != "" {
		zone = mdText(p.words.Or("zone."+s.Timezone, s.Timezone))
	}
	p.line("# %s\n", p.t("title", message.Str("name", p.name()), message.Str("versions", p.versions())))
	if zone != "" {
		p.line("%s\n", p.t("when-zone", message.Str("name", p.name()), message.Str("date", s.From), message.Str("zone", zone), message.Str("versions", p.versions())))
	} else {
		p.line("%s\n", p.t("when", message.Str("name", p.name()), message.Str("date", s.From), message.Str("versions", p.versions())))
	}
	if s.Status != "" {
		p.line("%s\n", p.t("status", message.Str("status", p.words.Or("status."+s.Status, s.Status)), message.Str("asOf", s.AsOf)))
	}
	if note := s.Note[p.words.Lang()]; note != "" {
		p.line("> %s\n", mdText(note))
	}
}

func (p *guidePage) affected() {
	p.line("## %s\n", p.t("affected"))
	p.line("%s\n", p.t("already"))
	for _, newest := range []string{p.g.LastServer, p.g.LastClient} {
		if newest != "" {
			p.line("- %s", p.t("and-older", message.Str("name", newest)))
		}
	}
	p.line("\n%s\n", p.t("affected-list", message.Str("list", strings.Join(p.g.Affected, p.t("comma")))))
	if len(p.g.Unaffected) > 0 {
		p.line("## %s\n", p.t("nothing"))
		p.line("%s\n", p.t("nothing-list", message.Str("list", strings.Join(p.g.Unaffected, p.t("comma")))))
	}
	p.line("## %s\n", p.t("steps"))
}

func (p *guidePage) group(i int, g *document.GuideGroup) {
	p.line("### %d. %s\n", i+1, strings.Join(g.Systems, p.t("comma")))
	if g.Upgrade {
		p.line("%s\n", p.t("upgrade"))
		return
	}
	for _, note := range g.Notes {
		p.line("- %s", mdText(note))
	}
	if len(g.Updates) > 0 {
		p.line("- %s", p.t("updates", message.Str("list", strings.Join(g.Updates, p.t("comma")))))
	}
	if len(g.Notes)+len(g.Updates) > 0 {
		p.line("")
	}
	p.line("%s\n", p.t("commands", message.Int("n", len(g.Settings))))
	p.fence(settings(g.Settings))
	p.after(g)
	if g.Documented && len(g.Fewest) > 0 && len(g.Fewest) < len(g.Settings) {
		p.line("%s\n", p.t("fewest", message.Int("n", len(g.Fewest))))
		p.fence(settings(g.Fewest))
	}
}

func (p *guidePage) after(g *document.GuideGroup) {
	p.line("%s", p.t("restart", message.Str("what", p.words.Text("restart."+g.Restart))))
	p.line("%s\n", p.t("verdict", message.Str("verdict", p.words.Text("verdict."+g.Verdict))))
	for _, l := range g.Lacks {
		p.line("- %s", p.t("lacks", message.Str("stack", l.Stack), message.Str("cause", p.words.Text("cause."+l.Cause))))
	}
	if len(g.Lacks) > 0 {
		p.line("")
	}
}

// fence writes the commands of changes. One that no prompt takes unchanged is
// described below them instead.
func (p *guidePage) fence(list []host.Change) {
	var described []host.Change
	var lines []string
	for _, c := range list {
		if line, ok := view.Console(c, regexe.View64); ok {
			lines = append(lines, line)
		} else {
			described = append(described, c)
		}
	}
	if len(lines) > 0 {
		p.line("```bat\n%s\n```\n", strings.Join(lines, "\n"))
	}
	for _, c := range described {
		key, name := message.Str("key", term.Safe(c.Key)), message.Str("name", term.Safe(c.Name))
		if c.Delete {
			p.line("- %s", p.t("by-hand-delete", key, name))
		} else {
			p.line("- %s", p.t("by-hand", key, name, message.Str("value", term.Safe(c.Data.Display()))))
		}
	}
	if len(described) > 0 {
		p.line("")
	}
}

// settings are the changes of the page without what stood there before.
func settings(list []document.Change) []host.Change {
	out := make([]host.Change, len(list))
	for i, c := range list {
		out[i] = host.Change{Key: c.Key, Name: c.Name, Data: c.Data, Delete: c.Delete}
	}
	return out
}

// rest says how to test, how to undo, and where it all stands.
func (p *guidePage) rest() {
	if w := p.g.Workaround[p.words.Lang()]; w != "" {
		p.line("## %s\n\n%s\n", p.t("workaround"), mdText(w))
	}
	p.line("## %s\n", p.t("test"))
	p.line("%s\n", p.t("test-collect"))
	p.line("```bat\ntlsready collector cmd -o collect.cmd\ncollect.cmd\ntlsready check %%COMPUTERNAME%%.tlsready.txt --service %s\n```\n", p.g.Service.ID)
	p.line("%s\n", p.t("test-verify"))
	p.line("```bat\ntlsready fix %%COMPUTERNAME%%.tlsready.txt --service %s --as ps1 --dir fixes\n```\n", p.g.Service.ID)
	p.line("## %s\n\n%s\n", p.t("undo"), p.t("undo-how"))
	var all []host.Change
	for _, g := range p.g.Groups {
		for _, c := range g.Settings {
			if !slices.ContainsFunc(all, func(d host.Change) bool { return d.Key == c.Key && d.Name == c.Name }) {
				all = append(all, host.Change{Key: c.Key, Name: c.Name, Delete: true})
			}
		}
	}
	if len(all) > 0 {
		p.fence(all)
	}
	if len(p.g.Service.Citations) > 0 {
		p.line("## %s\n", p.t("sources"))
		for _, c := range p.g.Service.Citations {
			p.line("- %s: %s", mdLink(c.URL), mdText(c.Says))
		}
	}
}
