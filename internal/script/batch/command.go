package batch

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/script"
)

// simple runs one command: cmd.exe's own here, all others through the world.
func (r *Run) simple(n *simple, w *way) []outcome {
	text := r.finish(strings.TrimSpace(n.text), w)
	name, rest := cutName(text)
	done := []outcome{{way: w}}
	switch name {
	case "":
		return done
	case "echo", "cls", "title", "color", "pause", "ver", "vol", "prompt", "verify", "break", "type", "dir", "path", "assoc", "ftype", "date", "time",
		"md", "mkdir", "rd", "rmdir", "del", "erase", "copy", "move", "ren", "rename", "mklink", "cd", "chdir", "pushd", "popd":
		return done
	case "set":
		r.set(rest, w)
		return done
	case "setlocal":
		low := strings.ToLower(rest)
		w.locals = append(w.locals, local{maps.Clone(w.vars), w.delayed})
		if strings.Contains(low, "enabledelayedexpansion") {
			w.delayed = true
		} else if strings.Contains(low, "disabledelayedexpansion") {
			w.delayed = false
		}
		return done
	case "endlocal":
		if len(w.locals) > 0 {
			last := w.locals[len(w.locals)-1]
			w.vars, w.delayed, w.locals = maps.Clone(last.vars), last.delayed, w.locals[:len(w.locals)-1]
		}
		return done
	case "goto":
		label := labelName(rest)
		if label == "eof" && strings.HasPrefix(strings.TrimSpace(rest), ":") {
			return []outcome{{w, jump{kind: leave}}}
		}
		return []outcome{{w, jump{toLabel, label}}}
	case "exit":
		return r.exit(rest, w)
	case "call":
		return r.call(n, rest, w)
	case "shift":
		if len(w.args) > 0 {
			w.args = w.args[1:]
		}
		return done
	case "start":
		return r.start(n, rest, w)
	case "if", "for": // after call or start
		r.world.Unclear(r, n.Pos, text)
		return done
	}
	r.external(n.Pos, text, w)
	return done
}

// cutName is the name of a command in lower case, and the rest of its text.
func cutName(text string) (name, rest string) {
	text = strings.TrimLeft(text, " \t,;=")
	if strings.HasPrefix(text, `"`) {
		name, rest, _ = strings.Cut(text[1:], `"`)
		return strings.ToLower(name), rest
	}
	i := strings.IndexAny(text, " \t,;=/\"<>|&(+")
	if i < 0 {
		i = len(text)
	}
	name = strings.ToLower(text[:i])
	for _, own := range []string{"echo", "cd", "goto", "call", "set", "exit", "type", "md", "rd"} { // echo., cd\, goto:eof
		if len(name) > len(own) && name[:len(own)] == own && strings.IndexByte(".:\\[]", name[len(own)]) >= 0 && (own != "set" && own != "type" || name[len(own)] != '.') {
			return own, text[len(own):]
		}
	}
	return name, text[i:]
}

// external asks the world to run a program.
func (r *Run) external(at script.Pos, text string, w *way) {
	c := &Command{Pos: at, Text: text, Words: script.Words(text)}
	w.status, w.known = r.world.Command(r, c)
}

// set is set NAME=value, set "NAME=value", set /a and set /p.
func (r *Run) set(rest string, w *way) {
	rest = strings.TrimSpace(rest)
	low := strings.ToLower(rest)
	switch {
	case strings.HasPrefix(low, "/p"):
		name, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(rest[2:]), `"`), "=")
		w.vars[strings.ToLower(strings.TrimSpace(name))] = Unknown
		return
	case strings.HasPrefix(low, "/a"):
		r.arithmetic(rest[2:], w)
		return
	}
	if strings.HasPrefix(rest, `"`) {
		rest = rest[1:]
		if i := strings.LastIndexByte(rest, '"'); i >= 0 {
			rest = rest[:i]
		}
	}
	name, value, ok := strings.Cut(rest, "=")
	if !ok || len(w.vars) > 1000 {
		return
	}
	if len(value) > maxValue {
		value = Unknown
	}
	if strings.Contains(name, Unknown) { // any variable
		for n := range w.vars {
			w.vars[n] = Unknown
		}
		return
	}
	w.vars[strings.ToLower(name)] = value
}

// arithmetic is set /a x=1, x+=1, x=y+1; more is not followed.
func (r *Run) arithmetic(text string, w *way) {
	for part := range strings.SplitSeq(strings.Trim(strings.TrimSpace(text), `"`), ",") {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			continue
		}
		name = strings.TrimSpace(name)
		op := byte(0)
		if n := len(name); n > 0 && strings.IndexByte("+-*/%&|^", name[n-1]) >= 0 {
			op, name = name[n-1], strings.TrimSpace(name[:n-1])
		}
		key := strings.ToLower(name)
		n, ok := number(value, w)
		have, okHave := number(name, w)
		switch {
		case !ok || op != 0 && !okHave:
			w.vars[key] = Unknown
			continue
		case op == '+':
			n += have
		case op == '-':
			n = have - n
		case op != 0:
			w.vars[key] = Unknown
			continue
		}
		w.vars[key] = strconv.Itoa(n)
	}
}

// number is a number, the value of a variable, or the sum of two of them.
func number(s string, w *way) (int, bool) {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexAny(s, "+-"); i > 0 {
		a, okA := number(s[:i], w)
		b, okB := number(s[i+1:], w)
		if s[i] == '-' {
			b = -b
		}
		return a + b, okA && okB && len(s) < 100
	}
	if n, err := strconv.ParseInt(s, 0, 32); err == nil {
		return int(n), true
	}
	v, set := w.vars[strings.ToLower(s)]
	if !set {
		return 0, false
	}
	n, err := strconv.ParseInt(v, 0, 32)
	return int(n), err == nil
}

// exit ends the call with /b, else the script.
func (r *Run) exit(rest string, w *way) []outcome {
	words := strings.Fields(strings.ToLower(rest))
	kind := quit
	if slices.Contains(words, "/b") {
		kind = leave
	}
	if len(words) > 0 {
		if n, err := strconv.Atoi(words[len(words)-1]); err == nil {
			w.status, w.known = n, true
		} else if strings.Contains(rest, Unknown) {
			w.known = false
		}
	}
	return []outcome{{w, jump{kind: kind}}}
}

// call runs a part of the script, or a program; another batch file is not
// followed.
func (r *Run) call(n *simple, rest string, w *way) []outcome {
	rest = strings.TrimSpace(rest)
	if !strings.HasPrefix(rest, ":") {
		name, _ := cutName(rest)
		if strings.HasSuffix(name, ".cmd") || strings.HasSuffix(name, ".bat") || strings.Contains(name, Unknown) {
			r.world.Unclear(r, n.Pos, "call "+rest)
			w.known = false
			for v := range w.vars {
				w.vars[v] = Unknown
			}
			return []outcome{{way: w}}
		}
		return r.simple(&simple{n.Pos, rest}, w)
	}
	label := labelName(rest)
	line, ok := r.labels[label]
	if !ok || r.calls >= maxCalls || r.mode != Live {
		if label != "eof" && !ok || r.calls >= maxCalls {
			r.world.Unclear(r, n.Pos, "call "+rest)
		}
		return []outcome{{way: w}}
	}
	args := w.args
	words := setItems(rest)
	w.args = nil
	if len(words) > 1 {
		w.args = words[1:]
	}
	r.calls++
	ends := r.from(line, w)
	r.calls--
	var out []outcome
	for _, e := range ends {
		e = e.clone()
		e.args = args
		out = append(out, outcome{way: e})
	}
	return fold(out)
}

// start runs a program alongside the script.
func (r *Run) start(n *simple, rest string, w *way) []outcome {
	words := setItemsQuoted(rest)
	if len(words) > 0 && strings.HasPrefix(words[0], `"`) {
		words = words[1:] // the title of the window
	}
	for len(words) > 0 && strings.HasPrefix(words[0], "/") {
		if strings.EqualFold(words[0], "/d") && len(words) > 1 {
			words = words[1:]
		}
		words = words[1:]
	}
	if len(words) == 0 {
		return []outcome{{way: w}}
	}
	list := r.simple(&simple{n.Pos, strings.Join(words, " ")}, w)
	for i := range list {
		list[i].jump = jump{}
	}
	return list
}

// setItemsQuoted takes a text apart at blanks outside quotes, which stay.
func setItemsQuoted(text string) []string {
	var list []string
	quoted, start := false, -1
	for i := 0; i <= len(text); i++ {
		if i == len(text) || !quoted && (text[i] == ' ' || text[i] == '\t') {
			if start >= 0 {
				list = append(list, text[start:i])
			}
			start = -1
			continue
		}
		if text[i] == '"' {
			quoted = !quoted
		}
		if start < 0 {
			start = i
		}
	}
	return list
}
