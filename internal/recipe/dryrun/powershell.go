package dryrun

import (
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/script"
	"tlsready/internal/script/powershell"
	"tlsready/internal/script/powershell/syntax"
)

// PowerShell reads a script: what it would do in the 64-bit PowerShell of the
// machine, started without arguments, if nothing that it calls fails. Beside gives the files in
// its folder; it may be nil.
func PowerShell(file, text string, beside recipe.Beside) recipe.Reading {
	n := &notes{file: file, lang: "ps1", beside: beside}
	end := powershell.Follow(syntax.Parse(text), &psWorld{notes: n}, newState(), nil)
	return n.reading(end.(*state))
}

// psWorld is the registry as PowerShell sees it.
type psWorld struct {
	*notes
	usings []string // namespaces, in lower case without System.
}

// keyHandle is an open key, or one that was got by its path.
type keyHandle struct {
	key    string
	remote bool
	known  bool // else some key below it
}

// comObject is an object of COM by its program id, in lower case.
type comObject struct{ id string }

// keyExists is the condition that Test-Path gives for a key.
type keyExists struct{ key string }

func (w *psWorld) state(r *powershell.Run) *state { return r.State().(*state) }

// dead says whether a write does not happen, and takes note of it.
func (w *psWorld) dead(r *powershell.Run, at script.Pos, what string) bool {
	return r.Rehearsing() || w.mode(r.Mode(), at, what)
}

// Unclear takes note of something that may write anything.
func (w *psWorld) Unclear(r *powershell.Run, at script.Pos, what string) {
	if !w.dead(r, at, what) {
		w.opaque(at, "ps1-not-understood", message.Str("what", what))
	}
}

// Unparsed takes note of a statement that nobody can read.
func (w *psWorld) Unparsed(r *powershell.Run, at script.Pos, text string) { w.Unclear(r, at, text) }

// Assume keeps which keys do not exist.
func (w *psWorld) Assume(r *powershell.Run, c powershell.Cond, holds bool) {
	if k, ok := c.Of.(keyExists); ok && !holds {
		s := w.state(r)
		s.absent = append(s.absent, host.Fold(k.key))
	}
}

// missing says whether a key, or one above it, is known not to exist.
func missing(s *state, key string) bool {
	for _, a := range s.absent {
		if host.Under(key, a) {
			return true
		}
	}
	return false
}

// Command runs a cmdlet or a program.
func (w *psWorld) Command(r *powershell.Run, c *powershell.Call) (powershell.Value, bool) {
	nothing := powershell.Value{Kind: powershell.Nothing}
	switch c.Name {
	case "set-itemproperty", "new-itemproperty":
		w.setProperty(r, c)
		return powershell.Value{}, true
	case "remove-itemproperty", "clear-itemproperty":
		w.removeProperty(r, c)
		return nothing, true
	case "copy-itemproperty", "move-itemproperty", "rename-itemproperty", "set-item", "clear-item", "copy-item", "move-item", "rename-item":
		w.moved(r, c)
		return powershell.Value{}, true
	case "new-item":
		return w.newItem(r, c), true
	case "remove-item":
		w.removeItem(r, c)
		return nothing, true
	case "test-path":
		return w.testPath(r, c), true
	case "get-item", "get-childitem", "resolve-path", "convert-path":
		return w.getItem(r, c), true
	case "set-location", "push-location", "pop-location":
		w.location(r, c)
		return nothing, true
	case "new-psdrive":
		w.newDrive(r, c)
		return powershell.Value{}, true
	case "new-object":
		return w.newObject(c), true
	case "reg":
		w.Within(c.Written, func() { w.reg(r, c) })
		return powershell.Value{}, true
	case "cmd":
		v, ok := powershell.Value{}, false
		w.Within(c.Written, func() { v, ok = w.cmd(r, c) })
		return v, ok
	case "using":
		if words, _ := c.Words(); len(words) == 2 && strings.EqualFold(words[0], "namespace") {
			w.usings = append(w.usings, strings.TrimPrefix(strings.ToLower(words[1]), "system."))
		}
		return nothing, true
	case "start-service", "restart-service", "stop-service", "set-service", "restart-computer", "stop-computer", "stop-process":
		return powershell.Value{}, true
	}
	if c.Operator != "." && (harmlessCmdlet(c.Name) || harmlessProgram(c.Name)) {
		if strings.HasPrefix(c.Name, "write-") || strings.HasPrefix(c.Name, "out-") || c.Name == "start-sleep" {
			return nothing, true
		}
		return powershell.Value{}, true
	}
	if c.Operator == "." {
		r.Open()
	}
	return powershell.Value{}, false
}

// harmlessCmdlet says whether a cmdlet writes nothing to the registry on which TLS
// depends: by its verb, or by its whole name.
func harmlessCmdlet(name string) bool {
	verb, _, ok := strings.Cut(name, "-")
	if !ok {
		return name == "cls" || name == "pause" || name == "prompt" || name == "help" || name == "clear" || name == "exit" || name == "history" || name == "using"
	}
	switch verb {
	case "get", "test", "write", "out", "format", "measure", "compare", "group", "split", "resolve", "read", "show", "wait", "find", "search",
		"convert", "convertto", "convertfrom", "receive", "tee", "where", "trace", "export", "select", "sort", "debug":
		return true
	}
	switch name {
	case "start-sleep", "start-transcript", "stop-transcript", "set-executionpolicy", "set-strictmode", "clear-host", "add-content",
		"set-content", "clear-content", "new-timespan", "new-guid", "add-type", "add-member", "unblock-file", "expand-archive",
		"compress-archive", "invoke-webrequest", "invoke-restmethod", "start-bitstransfer", "send-mailmessage", "new-eventlog", "limit-eventlog",
		"set-date", "set-acl", "remove-variable", "clear-variable", "remove-psdrive", "remove-module", "import-csv", "import-clixml",
		"import-module", "import-localizeddata", "export-modulemember", "new-pssession", "remove-pssession", "remove-job", "stop-job",
		"invoke-gpupdate", "set-psdebug", "update-help", "join-string", "new-temporaryfile", "set-clipboard", "enable-computerrestore",
		"checkpoint-computer", "register-argumentcompleter", "use-transaction", "start-transaction", "complete-transaction", "import-powershelldatafile",
		"restart-webapppool", "suspend-service", "resume-service", "remove-item", "set-psreadlineoption", "clear-recyclebin", "new-psrolecapabilityfile":
		return true
	}
	return false
}

// whatIf says whether a call only shows what it would do; unclear if that is not known.
func whatIf(r *powershell.Run, b powershell.Bound) script.Known {
	if v, ok := b.Values["whatif"]; ok {
		return v.Truth()
	}
	if preset := presetWhatIf(r.Variable("psdefaultparametervalues")); preset != script.No {
		return preset
	}
	return r.Variable("whatifpreference").Truth()
}

// presetWhatIf says whether $PSDefaultParameterValues gives -WhatIf to cmdlets; to
// which is not told apart unless it is all of them.
func presetWhatIf(v powershell.Value) script.Known {
	found := script.No
	for name, value := range v.Table {
		cmdlets, _, ok := strings.Cut(name, ":")
		if !ok || !strings.HasSuffix(name, ":whatif") || value.Truth() == script.No {
			continue
		}
		if cmdlets == "*" && value.Truth() == script.Yes {
			return script.Yes
		}
		found = script.Unclear
	}
	return found
}

// put notes a write of a cmdlet, unless it does not happen.
func (w *psWorld) put(r *powershell.Run, at script.Pos, e effect, b powershell.Bound) {
	what := describe(e.change)
	if w.dead(r, at, what) {
		return
	}
	e.at = at
	switch whatIf(r, b) {
	case script.Yes:
		w.find(at, recipe.Warning, "ps1-what-if", message.Str("what", what))
		return
	case script.Unclear:
		e.maybe = at
	}
	w.write(w.state(r), e)
}

// pathOf is what a parameter says of the registry: keys, or that it names none.
func (w *psWorld) pathOf(r *powershell.Run, c *powershell.Call, b powershell.Bound) (keys []string, ok bool) {
	v, literal := b.Values["literalpath"]
	if !literal {
		v, ok = b.Values["path"]
		if !ok {
			v = c.Input
		}
	}
	for _, one := range v.Each() {
		key, known := w.keyOf(r, one, literal, c.Pos)
		if !known {
			return nil, false
		}
		if key != "" {
			keys = append(keys, key)
		}
	}
	return keys, v.Kind != powershell.Nothing
}

// keyOf is the key that a path names; "" for a path elsewhere. It is not known
// if the path is not, or if it holds wildcards.
func (w *psWorld) keyOf(r *powershell.Run, v powershell.Value, literal bool, at script.Pos) (key string, known bool) {
	if h, ok := v.Object.(keyHandle); ok && v.Kind == powershell.Object {
		return h.key, h.known && !h.remote
	}
	if v.Kind == powershell.Table { // an object with a path
		for _, name := range []string{"path", "pspath", "key"} {
			if p, ok := v.Table[name]; ok {
				return w.keyOf(r, p, literal, at)
			}
		}
	}
	text, ok := v.Text()
	if !ok || v.Kind == powershell.Nothing {
		return "", false
	}
	key, registry := w.parsePath(w.state(r), text)
	switch {
	case !registry:
		if looksLikeKey(text) && w.state(r).where == "" && !r.Rehearsing() {
			w.find(at, recipe.Error, "ps1-no-drive", message.Str("path", text))
		}
		return "", true
	case !literal && strings.ContainsAny(text, "*?["):
		return "", false
	case strings.Contains(key, "/"):
		if !r.Rehearsing() {
			last := key[strings.LastIndexByte(strings.Split(key, "/")[0], '\\')+1:]
			w.find(at, recipe.Error, "ps1-key-separator", message.Str("part", last))
		}
		key = strings.ReplaceAll(key, "/", `\`)
	}
	return host.NormalKey(key), true
}

// looksLikeKey says whether a path begins with a root of the registry, but not
// with a drive.
func looksLikeKey(path string) bool {
	root, _, _ := strings.Cut(strings.ReplaceAll(path, "/", `\`), `\`)
	switch strings.ToUpper(root) {
	case "HKLM", "HKCU", "HKU", "HKCR", "HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER", "HKEY_USERS", "HKEY_CLASSES_ROOT", "SOFTWARE", "SYSTEM":
		return true
	}
	return false
}

// parsePath reads a path of the registry provider: HKLM:\…, Registry::HKEY_…, one of
// a drive that the script made, or one relative to the current location.
func (w *psWorld) parsePath(s *state, path string) (key string, registry bool) {
	path = strings.TrimSpace(path)
	low := strings.ToLower(path)
	for _, p := range []string{`microsoft.powershell.core\registry::`, "registry::"} {
		if strings.HasPrefix(low, p) {
			return strings.TrimLeft(path[len(p):], `\/`), true
		}
	}
	if drive, rest, ok := strings.Cut(path, ":"); ok && !strings.ContainsAny(drive, `\/`) {
		rest = strings.TrimLeft(rest, `\/`)
		switch name := strings.ToUpper(drive); name {
		case "HKLM", "HKCU":
			return name + `\` + rest, true
		default:
			if root, made := s.drives[name]; made {
				return strings.TrimRight(root, `\`) + `\` + rest, true
			}
			return "", name == "HKU" || name == "HKCR" || name == "HKCC" // no drive until somebody makes it
		}
	}
	if s.where != "" && !strings.HasPrefix(path, `\\`) {
		return relative(s.where, path), true
	}
	return "", false
}

// relative goes from one key to another.
func relative(from, path string) string {
	key := from
	for part := range strings.SplitSeq(strings.ReplaceAll(path, "/", `\`), `\`) {
		switch part {
		case "", ".":
		case "..":
			if i := strings.LastIndexByte(key, '\\'); i > 0 {
				key = key[:i]
			}
		default:
			key += `\` + part
		}
	}
	return key
}
