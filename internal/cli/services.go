package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/service"
	"tlsready/internal/strictyaml"
	"tlsready/internal/survey"
	"tlsready/internal/term"
	"tlsready/internal/userfile"
	"tlsready/internal/winver"
)

func newServicesCommand(app *App) *cobra.Command {
	today, all := "", false
	list := &cobra.Command{
		Use:     "list",
		Example: "tlsready services list\ntlsready services list --all\ntlsready services list --today 2021-06-15 --json",
		Args:    app.exactArgs(0),
		RunE:    func(*cobra.Command, []string) error { return app.listServices(today, all) },
	}
	list.Flags().StringVar(&today, "today", "", "")
	list.Flags().BoolVar(&all, "all", false, "")
	show := &cobra.Command{
		Use:               "show ID|FILE",
		Example:           "tlsready services show azure-backup\ntlsready services show azure-backup --json > mine.json",
		Args:              app.exactArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(service.IDs(), cobra.ShellCompDirectiveDefault),
		RunE:              func(_ *cobra.Command, args []string) error { return app.showService(args[0]) },
	}
	lint := &cobra.Command{
		Use:     "lint FILE...",
		Example: "tlsready services lint our-api.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return app.lintServices(cmd, args) },
	}
	return newGroup(app, "services", list, show, lint, newGuideCommand(app), newFeedCommand(app), newNewCommand(app))
}

func (app *App) listServices(today string, all bool) error {
	from, err := app.today(today)
	if err != nil {
		return err
	}
	rows := make([]document.ListedService, 0, len(service.IDs()))
	for _, id := range service.IDs() {
		p, _, err := service.ByID(id)
		if err != nil {
			return err
		}
		rows = append(rows, rowOf(p, from))
	}
	return app.writeDocument(document.Services{Schema: document.ServicesSchema, Today: from.String(), Services: rows}, func(h *term.Page) {
		app.serviceTable(h, rows, from, all)
	})
}

// today is the day of --today, else the clock's.
func (app *App) today(flag string) (service.Date, error) {
	if flag == "" {
		y, m, d := app.Now.Date()
		return service.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}, nil
	}
	day, err := service.ParseDate(flag)
	if err != nil {
		return day, app.usageError("date", message.Str("flag", "--today"), message.Str("value", flag))
	}
	return day, nil
}

func rowOf(p *service.Profile, today service.Date) document.ListedService {
	at := deadline(p)
	phase := p.Phases[at]
	row := document.ListedService{
		ID: p.ID, Name: p.Name, Status: phase.Status, Accepts: document.Accept(p.Last().Acceptance()),
		AsOf: p.AsOf.String(), Callers: p.Callers,
	}
	if at > 0 {
		days := daysBetween(today, phase.From)
		row.Deadline, row.Timezone, row.DaysLeft = phase.From.String(), phase.Timezone, &days
		for _, day := range phase.Formerly {
			row.Formerly = append(row.Formerly, day.String())
		}
	}
	return row
}

// deadline is the phase with which the versions of the last one began: later
// phases that change suites alone move no deadline.
func deadline(p *service.Profile) int {
	at := len(p.Phases) - 1
	for at > 0 && slices.Equal(p.Phases[at-1].Acceptance().Versions.List(), p.Last().Acceptance().Versions.List()) {
		at--
	}
	return at
}

// byDeadline sorts what is still to come to the top, next what has no deadline; what
// has passed stands last, the latest first.
func byDeadline(rows []document.ListedService) (live, past []document.ListedService) {
	for _, r := range rows {
		if r.DaysLeft != nil && *r.DaysLeft < 0 {
			past = append(past, r)
		} else {
			live = append(live, r)
		}
	}
	slices.SortStableFunc(live, func(a, b document.ListedService) int {
		return cmp.Or(compareBool(a.Deadline == "", b.Deadline == ""), strings.Compare(a.Deadline, b.Deadline))
	})
	slices.SortStableFunc(past, func(a, b document.ListedService) int { return strings.Compare(b.Deadline, a.Deadline) })
	return live, past
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// serviceTable writes the list; what has passed is folded unless all is asked for.
func (app *App) serviceTable(h *term.Page, rows []document.ListedService, today service.Date, all bool) {
	live, past := byDeadline(rows)
	rows = live
	if all {
		rows = append(rows, past...)
	}

	table := [][]string{{}}
	for _, head := range []string{"id", "deadline", "days", "certainty", "accepts", "asof", "name"} {
		table[0] = append(table[0], app.text("services.head."+head))
	}
	for _, r := range rows {
		days := "-"
		if r.DaysLeft != nil && *r.DaysLeft >= 0 {
			days = strconv.Itoa(*r.DaysLeft)
		}
		table = append(table, []string{
			r.ID, firstOf(r.Deadline, "-"), days, app.status(r.Status), app.versions(r.Accepts), r.AsOf, app.inLang(r.Name),
		})
	}
	h.Columns(table)
	h.Blank()
	if !all && len(past) > 0 {
		h.Text(term.Plain, "", app.text("services.folded", message.Int("n", len(past))))
	}
	h.Text(term.Plain, "", app.text("services.today", message.Str("date", today.String())))
}

func (app *App) status(status string) string {
	if status == "" {
		return "-"
	}
	return app.text("status." + status)
}

// versions is the version axis in a few words.
func (app *App) versions(a *document.Acceptance) string {
	switch {
	case a == nil || a.Versions.IsAny():
		return app.text("services.any")
	case a.Versions.IsUnknown():
		return app.text("services.unknown")
	}
	return joined(a.Versions.List())
}

// joined writes the members of an axis.
func joined[T fmt.Stringer](list []T) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = v.String()
	}
	return strings.Join(words, ", ")
}

func (app *App) showService(arg string) error {
	p, err := survey.Service(arg)
	if err != nil {
		return err
	}
	return app.WriteOutputs(func(out *Output) error {
		if out.Format == FormatJSON {
			return writeSource(out, arg, service.Data)
		}
		h := app.newPage(out)
		app.serviceText(h, p)
		return h.Flush(out)
	}, FormatTable, FormatJSON)
}

// writeSource writes the file of a built-in thing, or the user's own, as JSON.
func writeSource(out *Output, arg string, builtin func(string) ([]byte, bool)) error {
	data, ok := builtin(arg)
	if !ok {
		var err error
		if data, err = userfile.Read(arg, strictyaml.MaxSize); err != nil {
			return err
		}
	}
	text, err := yamlAsJSON(data)
	if err != nil {
		return err
	}
	return report.WriteJSON(out, text)
}

// serviceText is the profile for people to read.
func (app *App) serviceText(h *term.Page, p *service.Profile) {
	h.Line(app.inLang(p.Name))
	app.field(h, "page.id", p.ID)
	app.field(h, "services.asof", p.AsOf.String())
	app.field(h, "services.callers", strings.Join(p.Callers, ", "))
	app.field(h, "services.endpoints", strings.Join(p.Endpoints, ", "))
	h.Section(app.text("services.phases"))
	for _, ph := range p.Phases {
		app.phaseText(h, ph)
	}
	if len(p.Roots) > 0 {
		h.Section(app.text(map[bool]string{false: "services.roots", true: "services.roots.all"}[p.AllRoots]))
		for _, sha := range p.Roots {
			h.Line("  " + sha)
		}
	}
	app.recipeText(h, p.Documented)
	if note := app.inLang(p.Note); note != "" {
		h.Blank()
		h.Text(term.Plain, "", note)
	}
	app.citations(h, p.Citations)
}

func (app *App) phaseText(h *term.Page, ph service.Phase) {
	day := ph.From.String()
	if ph.Timezone != "" {
		day += " (" + ph.Timezone + ")"
	}
	if ph.Status != "" {
		day += "  " + app.status(ph.Status)
	}
	h.Line("  " + day)
	if n := len(ph.Formerly); n > 0 {
		h.Wrapped("    ", "      ", app.text("services.formerly", message.Int("n", n), message.Str("days", joined(ph.Formerly))))
	}
	a := ph.Acceptance()
	app.axisText(h, "axis.versions", a.Versions.IsAny(), joined(a.Versions.List()))
	app.axisText(h, "axis.suites", a.Suites.IsAny(), joined(a.Suites.List()))
	app.axisText(h, "axis.groups", a.Groups.IsAny(), joined(a.Groups.List()))
	app.axisText(h, "axis.signatures", a.SignatureAlgorithms.IsAny(), joined(a.SignatureAlgorithms.List()))
}

func (app *App) axisText(h *term.Page, id string, isAny bool, list string) {
	if isAny {
		return
	}
	h.Wrapped("    ", "      ", app.text(id)+": "+firstOf(list, app.text("services.unknown")))
}

// recipeText writes the vendor's steps in their order.
func (app *App) recipeText(h *term.Page, steps []service.Recipe) {
	if len(steps) == 0 {
		return
	}
	h.Section(app.text("services.documented"))
	for i, step := range steps {
		h.Line(fmt.Sprintf("  %d. %s", i+1, app.systems(step.AppliesTo)))
		if len(step.Updates) > 0 {
			h.Line("     " + app.text("services.updates", message.Str("list", strings.Join(step.Updates, ", "))))
		}
		app.settingsText(h, step.Settings)
		if note := app.inLang(step.Note); note != "" {
			h.Text(term.Plain, "     ", note)
		}
	}
}

// settingsText writes values under their keys; a key that goes on is named once.
func (app *App) settingsText(h *term.Page, settings []service.Setting) {
	key := ""
	for _, s := range settings {
		c, err := s.Change()
		if err != nil {
			continue // the file was checked when it was read
		}
		if c.Key != key {
			key = c.Key
			h.Line("     " + key)
		}
		h.Line(fmt.Sprintf("       %s = %s", c.Name, c.DisplayTyped()))
	}
}

func (app *App) systems(s service.Systems) string {
	from, below := message.Str("from", app.system(s.OSFrom)), message.Str("below", app.system(s.OSBelow))
	switch {
	case s.OSFrom != "" && s.OSBelow != "":
		return app.text("systems.between", from, below)
	case s.OSFrom != "":
		return app.text("systems.from", from)
	case s.OSBelow != "":
		return app.text("systems.below", below)
	}
	return app.text("systems.all")
}

// system names a version of Windows as people know it.
func (app *App) system(version string) string {
	if name := winver.Called(version); name != "" {
		return name + " (" + version + ")"
	}
	return "Windows " + version
}

// knownCaller says whether a profile may name this caller.
func (app *App) knownCaller(id string) bool {
	_, err := survey.Caller(id)
	return err == nil
}
