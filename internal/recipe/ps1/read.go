package ps1

import (
	"regexp"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/dryrun"
	"tlsready/internal/script"
	"tlsready/internal/script/powershell"
)

// read says what a script would do.
func read(file string, data []byte) (recipe.Reading, error) { return readBeside(file, data, nil) }

// readBeside is read, with the files that lie beside it.
func readBeside(file string, data []byte, beside recipe.Beside) (recipe.Reading, error) {
	text, err := recipe.ScriptText(file, data)
	if err != nil {
		return recipe.Reading{}, err
	}
	if strings.Contains(text, "# "+recipe.GroupsMark) && strings.Contains(text, "\n$purpose = ") {
		return recipe.ReadAll(file, text), nil
	}
	if r, ok := own(text); ok {
		return r, nil
	}
	return dryrun.PowerShell(file, text, beside), nil
}

// lint has nothing to add: what there is to say follows from what the script does.
func lint(string, []byte, *recipe.Reading) {}

// The marks in the scripts of this package.
const (
	plannedMark = "# == changes =="
	earlierMark = "# == state before =="
	doneMark    = "# == end of changes =="
)

var (
	rowLine     = regexp.MustCompile(`^\$(planned|earlier) \+= New-Row (.*)$`)
	printed     = regexp.MustCompile(`^Write-Output '([^'\x{2018}-\x{201b}]|['\x{2018}-\x{201b}]{2})*'$`)
	settingLine = regexp.MustCompile(`^\$(planId|restart|doneCode|wide|purpose) = (.*)$`)
)

// own reads a script that this package wrote, and that nobody has changed since: the
// plan is read from its rows, and the script written from it again is the same but
// for its comments and the prerequisites that it prints.
func own(text string) (recipe.Reading, bool) {
	if !strings.Contains(text, plannedMark) || !strings.Contains(text, doneMark) {
		return recipe.Reading{}, false
	}
	p, purpose, lines, ok := planOf(text)
	if !ok || p.Validate() != nil {
		return recipe.Reading{}, false
	}
	for _, lang := range message.Languages() {
		files, err := write(p, message.For(lang))
		if err != nil {
			return recipe.Reading{}, false
		}
		for _, f := range files {
			if f.Name == purpose+".ps1" && bare(script.Decode(f.Data)) == bare(text) {
				return steps(p, purpose, lines), true
			}
		}
	}
	return recipe.Reading{}, false
}

// steps are what the script is for.
func steps(p recipe.Plan, purpose string, lines []int) recipe.Reading {
	var r recipe.Reading
	changes := p.Changes
	if purpose == string(recipe.Undo) {
		changes = p.Undo()
	}
	for i, c := range changes {
		at := i
		if purpose == string(recipe.Undo) {
			at = len(changes) - 1 - i
		}
		r.Steps = append(r.Steps, recipe.Step{Change: host.Change{Key: c.Key, Name: c.Name, Data: c.Data, Delete: c.Delete}, Line: lines[at], Column: 1})
	}
	return r
}

// bare is a script without its comments and without the lines that only print.
func bare(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if !strings.HasPrefix(line, "#") && !printed.MatchString(line) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// planOf reads the plan from the rows of a script.
func planOf(text string) (p recipe.Plan, purpose string, lines []int, ok bool) {
	var planned, earlier []host.Change
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if m := settingLine.FindStringSubmatch(line); m != nil {
			value := strings.Trim(m[2], "'")
			switch m[1] {
			case "restart":
				p.Restart = recipe.Restart(value)
			case "wide":
				if p.OS.Architecture = "x64"; value == "$false" {
					p.OS.Architecture = "x86"
				}
			case "purpose":
				purpose = value
			}
		}
		m := rowLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		change, fine := rowChange(m[2])
		if !fine {
			return p, "", nil, false
		}
		if m[1] == "planned" {
			planned, lines = append(planned, change), append(lines, number)
		} else {
			earlier = append(earlier, change)
		}
	}
	if len(planned) != len(earlier) {
		return p, "", nil, false
	}
	for i, c := range planned {
		if c.Before.State = host.Absent; !earlier[i].Delete {
			c.Before = host.Before{State: host.Present, Data: earlier[i].Data}
		}
		p.Changes = append(p.Changes, c)
	}
	return p, purpose, lines, len(planned) > 0
}

// rowChange reads the arguments of New-Row: action, key, name, type and data.
func rowChange(text string) (host.Change, bool) {
	args := powershell.Arguments("New-Row " + text)
	if len(args) != 5 {
		return host.Change{}, false
	}
	var texts [4]string
	for i := range texts {
		t, ok := args[i].Text()
		if !ok {
			return host.Change{}, false
		}
		texts[i] = t
	}
	c := host.Change{Key: texts[1], Name: texts[2], Delete: texts[0] == "delete"}
	if c.Delete {
		return c, true
	}
	data, ok := dryrun.Data(args[4], host.Type(texts[3]))
	c.Data = data
	return c, ok
}
