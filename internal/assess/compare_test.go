package assess

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/verdict"
)

const schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`

// line shows a difference as "area key name: before -> after".
func line(d document.Difference) string {
	show := func(s document.Side) string {
		if s.Value == nil {
			return s.State
		}
		return strings.TrimSpace(string(s.Type) + " " + string(s.Value))
	}
	return strings.Join(strings.Fields(d.Area+" "+d.Key+" "+d.Name), " ") + ": " + show(d.Before) + " -> " + show(d.After)
}

func lines(list []document.Difference) []string {
	out := []string{}
	for _, d := range list {
		out = append(out, line(d))
	}
	return out
}

// Proves what counts as a difference in each part of a snapshot, and that absent
// is kept apart from not asked.
func TestDifferences(t *testing.T) {
	value := func(data host.Data) []host.Value {
		return []host.Value{{Key: schannel + `\Protocols\TLS 1.2\Client`, Name: "Enabled", Data: data}}
	}
	const enabled = "registry " + schannel + `\Protocols\TLS 1.2\Client Enabled: `
	programs := func(list ...host.Program) *[]host.Program { return &list }
	for name, c := range map[string]struct {
		before, after host.Snapshot
		want          []string
	}{
		"nothing":       {host.Snapshot{Registry: value(host.Dword(1))}, host.Snapshot{Registry: value(host.Dword(1))}, nil},
		"spelling":      {host.Snapshot{Registry: []host.Value{{Key: `HKLM\A`, Name: "b"}}}, host.Snapshot{Registry: []host.Value{{Key: `HKLM\a`, Name: "B"}}}, nil},
		"data":          {host.Snapshot{Registry: value(host.Dword(1))}, host.Snapshot{Registry: value(host.Dword(0))}, []string{enabled + "REG_DWORD 1 -> REG_DWORD 0"}},
		"type":          {host.Snapshot{Registry: value(host.Dword(1))}, host.Snapshot{Registry: value(host.String("1"))}, []string{enabled + `REG_DWORD 1 -> REG_SZ "1"`}},
		"absent":        {host.Snapshot{Registry: value(host.Dword(1)), Covered: []string{schannel}}, host.Snapshot{Covered: []string{schannel}}, []string{enabled + "REG_DWORD 1 -> absent"}},
		"appeared":      {host.Snapshot{Covered: []string{schannel}}, host.Snapshot{Registry: value(host.Dword(1)), Covered: []string{schannel}}, []string{enabled + "absent -> REG_DWORD 1"}},
		"not asked":     {host.Snapshot{Registry: value(host.Dword(1)), Covered: []string{schannel}}, host.Snapshot{}, []string{"coverage " + schannel + ": asked -> not-asked", enabled + "REG_DWORD 1 -> not-asked"}},
		"in part":       {host.Snapshot{Covered: []string{`HKLM\A`}}, host.Snapshot{Covered: []string{`hklm\a\B`}}, []string{`coverage HKLM\A: asked -> in-part`}},
		"beside":        {host.Snapshot{Covered: []string{`HKLM\A`}}, host.Snapshot{Covered: []string{`HKLM\AB`}}, []string{`coverage HKLM\A: asked -> not-asked`, `coverage HKLM\AB: not-asked -> asked`}},
		"system":        {host.Snapshot{Name: "FS01", OS: host.OS{Version: "6.3", Build: 9600, Type: "server"}}, host.Snapshot{Name: "fs01", OS: host.OS{Version: "10.0", Build: 14393, Revision: 5}}, []string{`system version: "6.3" -> "10.0"`, "system build: 9600 -> 14393", "system revision: not-asked -> 5", `system type: "server" -> not-asked`}},
		"update":        {host.Snapshot{Updates: &host.Updates{Complete: true, IDs: []string{"kb1", "KB2"}}}, host.Snapshot{Updates: &host.Updates{Complete: true, IDs: []string{"KB2", "KB3"}}}, []string{"update KB1: present -> absent", "update KB3: absent -> present"}},
		"part of them":  {host.Snapshot{Updates: &host.Updates{Complete: true, IDs: []string{"KB1"}}}, host.Snapshot{Updates: &host.Updates{}}, []string{"coverage updates: asked -> in-part", "update KB1: present -> not-asked"}},
		"no updates":    {host.Snapshot{Updates: &host.Updates{Complete: true, IDs: []string{"KB1"}}}, host.Snapshot{}, []string{"coverage updates: asked -> not-asked"}},
		"file":          {host.Snapshot{Files: map[string]string{"winhttp.dll": "1.0", "a.dll": "1"}}, host.Snapshot{Files: map[string]string{"WINHTTP.dll": "2.0", "a.dll": "1"}}, []string{`file winhttp.dll: "1.0" -> "2.0"`}},
		"no files":      {host.Snapshot{Files: map[string]string{"winhttp.dll": "1.0"}}, host.Snapshot{}, []string{"coverage files: asked -> not-asked"}},
		"certificates":  {host.Snapshot{Certificates: &host.Certificates{Root: []string{"aa"}, Intermediate: []string{}}}, host.Snapshot{Certificates: &host.Certificates{Root: []string{"BB"}}}, []string{"coverage certificates.intermediate: asked -> not-asked", "certificate root aa: present -> absent", "certificate root bb: absent -> present"}},
		"program":       {host.Snapshot{Programs: programs(host.Program{Name: "Agent", Version: "2.0"}, host.Program{Name: "Old"})}, host.Snapshot{Programs: programs(host.Program{Name: "Agent", Version: "3.0"}, host.Program{Name: "Agent", Version: "2.0"})}, []string{`program Agent: "2.0" -> "2.0, 3.0"`, `program Old: "" -> absent`}},
		"programs made": {host.Snapshot{}, host.Snapshot{Programs: programs()}, []string{"coverage programs: not-asked -> asked"}},
	} {
		if got := lines(differences(&c.before, &c.after)); !slices.Equal(got, append([]string{}, c.want...)) {
			t.Errorf("%s\ngot  %q\nwant %q", name, got, c.want)
		}
		if got := differences(&c.before, &c.before); len(got) != 0 {
			t.Errorf("%s: a snapshot differs from itself: %q", name, lines(got))
		}
	}
}

// side makes a side whose one caller has rows "stack verdict".
func sideOf(rows ...string) *DiffSide {
	j := &Judged{Demand: fix.Demand{Demand: verdict.Demand{Service: "s"}}}
	j.Judgement.Verdict = verdict.NotInstalled
	for _, r := range rows {
		stack, v, _ := strings.Cut(r, " ")
		one := verdict.Row{Caller: "c", Stack: stack, Verdict: verdict.Verdict(v)}
		if one.Verdict != verdict.Connects {
			one.Cause = verdict.ProtocolVersion
		}
		j.Judgement.Rows, j.Judgement.Verdict = append(j.Judgement.Rows, one), one.Verdict
	}
	return &DiffSide{Snapshot: &host.Snapshot{}, Judged: []*Judged{j}}
}

// Proves what each change of a verdict is called, with stacks that came and went,
// and what counts as failing newly: whatever was not known to fail before.
func TestEffects(t *testing.T) {
	unreadable := &DiffSide{Err: errors.New("cut")}
	for name, c := range map[string]struct {
		before, after *DiffSide
		want          []string // "stack effect"; with "!" if it fails newly
		state         string
	}{
		"same":          {sideOf("a fails"), sideOf("a fails"), nil, document.SameHost},
		"worse":         {sideOf("a connects"), sideOf("a fails"), []string{"a worse!"}, document.ChangedHost},
		"better":        {sideOf("a fails"), sideOf("a connects"), []string{"a better"}, document.ChangedHost},
		"unknown":       {sideOf("a fails"), sideOf("a unknown"), []string{"a unknown"}, document.ChangedHost},
		"known":         {sideOf("a unknown"), sideOf("a fails"), []string{"a known!"}, document.ChangedHost},
		"unreadable":    {sideOf("a connects"), unreadable, []string{"a unknown"}, document.UnreadableHost},
		"readable":      {unreadable, sideOf("a connects"), []string{"a known"}, document.UnreadableHost},
		"gone":          {sideOf("a connects"), nil, []string{"a unknown"}, document.RemovedHost},
		"gone, unknown": {sideOf("a unknown"), nil, []string{"a other"}, document.RemovedHost},
		"new":           {nil, sideOf("a fails"), []string{"a other!"}, document.AddedHost},
		"installed":     {sideOf(), sideOf("a fails"), []string{"a other!"}, document.ChangedHost},
		"uninstalled":   {sideOf("a connects"), sideOf(), []string{"a other"}, document.ChangedHost},
		"other stacks":  {sideOf("a connects", "b connects"), sideOf("x fails", "y connects"), []string{"x worse!"}, document.ChangedHost},
		"read, fails":   {unreadable, sideOf("a fails"), []string{"a known!"}, document.UnreadableHost},
		"new, unknown":  {nil, sideOf("a unknown"), []string{"a unknown"}, document.AddedHost},
		"new, connects": {nil, sideOf("a connects"), []string{"a other"}, document.AddedHost},
		"now unknown":   {sideOf(), sideOf("a unknown"), []string{"a unknown"}, document.ChangedHost},
		"as bad":        {sideOf("a connects", "b fails"), sideOf("x fails"), nil, document.SameHost},
		"one stack":     {sideOf("a connects", "b fails"), sideOf("a fails", "b connects"), []string{"a worse!", "b better"}, document.ChangedHost},
	} {
		d := Compare("h", c.before, c.after)
		var got []string
		for _, v := range d.Verdicts {
			text := v.Stack + " " + v.Effect
			if v.FailsNewly() {
				text += "!"
			}
			got = append(got, text)
		}
		if !slices.Equal(got, c.want) || d.State != c.state {
			t.Errorf("%s: %q %s, want %q %s", name, got, d.State, c.want, c.state)
		}
		var sum document.DiffSummary
		sum.Add(d.HostDiff)
		if sum.Hosts != 1 || sum.Same+sum.Changed+sum.Added+sum.Removed+sum.Unreadable != 1 {
			t.Errorf("%s: %+v", name, sum)
		}
		counted := func(part string) bool {
			return slices.ContainsFunc(c.want, func(s string) bool { return strings.Contains(s, part) })
		}
		if (sum.Worse == 1) != counted(document.Worse) || (sum.Fails == 1) != counted("!") || (sum.Unknown == 1) != counted(" "+document.Unclear) {
			t.Errorf("%s: %+v", name, sum)
		}
	}
}

// Proves that lists are written as lists even if they are empty.
func TestDiffWritesEmptyLists(t *testing.T) {
	for _, before := range []*DiffSide{nil, sideOf()} {
		text, err := json.Marshal(Compare("h", before, sideOf()))
		if err != nil || strings.Contains(string(text), "null") {
			t.Errorf("%s %v", text, err)
		}
	}
}
