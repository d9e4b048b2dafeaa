package cmd

import (
	"regexp"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/dryrun"
	"tlsready/internal/script"
)

// read says what a batch file would do. What is only a matter of how it is written
// is left to lint.
func read(file string, data []byte) (recipe.Reading, error) { return readBeside(file, data, nil) }

// readBeside is read, with the files that lie beside it.
func readBeside(file string, data []byte, beside recipe.Beside) (recipe.Reading, error) {
	text, err := recipe.ScriptText(file, data)
	if err != nil {
		return recipe.Reading{}, err
	}
	if strings.Contains(text, "rem "+recipe.GroupsMark) && strings.Contains(text, begin) {
		return recipe.ReadAll(file, text), nil
	}
	if r, ok := own(text); ok {
		return r, nil
	}
	r := dryrun.Batch(file, text, beside)
	r.Findings = slices.DeleteFunc(r.Findings, isStyle)
	return r, nil
}

func isStyle(f recipe.Finding) bool { return f.Rule == "cmd-no-view" || f.Rule == "cmd-no-force" }

func lint(file string, data []byte, r *recipe.Reading) {
	text, err := recipe.ScriptText(file, data)
	if err != nil {
		return
	}
	if _, ok := own(text); ok {
		return
	}
	for _, f := range dryrun.Batch(file, text, nil).Findings {
		if isStyle(f) {
			r.Findings = append(r.Findings, f)
		}
	}
	r.Sort()
}

var (
	wasLine     = regexp.MustCompile(`^set "WAS=(.*)"$`)
	restartLine = regexp.MustCompile(`^set "RESTART=(\w+)"$`)
)

// own reads a batch file that this package wrote, and that nobody has changed
// since: the plan is read from its commands, and the file written from it again is
// the same but for its remarks and what it prints.
func own(text string) (recipe.Reading, bool) {
	p, lines, ok := planOf(text)
	if !ok {
		return recipe.Reading{}, false
	}
	var r recipe.Reading
	for _, lang := range message.Languages() {
		data, err := contents(p, recipe.Apply, message.For(lang))
		if err != nil {
			return r, false
		}
		if bare(script.Decode(data)) != bare(text) {
			continue
		}
		for i, c := range p.Changes {
			r.Steps = append(r.Steps, recipe.Step{Change: host.Change{Key: c.Key, Name: c.Name, Data: c.Data, Delete: c.Delete}, Line: lines[i], Column: 1})
		}
		return r, true
	}
	return r, false
}

// bare is a batch file without its remarks and without what it prints. The state
// that it ends with is the only thing by which an undo differs from an apply.
func bare(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "rem - ") && !strings.HasSuffix(line, "^") || strings.HasPrefix(line, "echo ") && !strings.ContainsAny(line, "%&|<>^") {
			continue
		}
		kept = append(kept, strings.Replace(line, `set "STATE=undone"`, `set "STATE=applied"`, 1))
	}
	return strings.Join(kept, "\n")
}

// planOf reads the plan of an apply or an undo: the commands between the marks say
// what is set, the lines above them what was there.
func planOf(text string) (p recipe.Plan, lines []int, ok bool) {
	if !strings.Contains(text, begin) || !strings.Contains(text, end) {
		return p, nil, false
	}
	var was []string
	p.OS.Architecture = "x64"
	inside, number := false, 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == begin:
			inside = true
		case line == end:
			inside = false
		case line == `if not defined WIDE goto fits`:
			p.OS.Architecture = "x86"
		}
		if m := wasLine.FindStringSubmatch(line); m != nil {
			was = append(was, strings.ReplaceAll(m[1], "%%", "%"))
		}
		if m := restartLine.FindStringSubmatch(line); m != nil && m[1] != "none" {
			p.Restart = recipe.Restart(m[1])
		}
		if inside && strings.HasPrefix(line, "reg ") {
			r := dryrun.Batch("", line, nil)
			if len(r.Steps) != 1 || len(r.Unclear()) > 0 {
				return p, nil, false
			}
			p.Changes, lines = append(p.Changes, r.Steps[0].Change), append(lines, number)
		}
	}
	if p.Restart == "" {
		p.Restart = recipe.RestartNone
	}
	if len(was) != len(p.Changes) || len(was) == 0 {
		return p, nil, false
	}
	for i := range was {
		before, fine := stated(was[i])
		if !fine {
			return p, nil, false
		}
		p.Changes[i].Before = before
	}
	return p, lines, p.Validate() == nil
}

// stated is the state that a WAS line names, as printed gives it.
func stated(text string) (host.Before, bool) {
	if text == absent {
		return host.Before{State: host.Absent}, true
	}
	kind, data, ok := strings.Cut(text, "    ")
	if !ok {
		return host.Before{}, false
	}
	d, ok := dryrun.RegData(kind, data)
	return host.Before{State: host.Present, Data: d}, ok
}
