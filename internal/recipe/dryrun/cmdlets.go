package dryrun

import (
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/script"
	"tlsready/internal/script/powershell"
)

// setProperty is Set-ItemProperty and New-ItemProperty.
func (w *psWorld) setProperty(r *powershell.Run, c *powershell.Call) {
	b := c.Bind(powershell.Params{
		Positional: []string{"path", "name", "value"},
		Named:      []string{"literalpath", "pspath", "type", "propertytype", "inputobject"},
	})
	if b.Has("pspath") && !b.Has("literalpath") {
		b.Values["literalpath"] = b.Values["pspath"]
	}
	if len(c.Args) == 0 && !c.Input.Known() {
		w.Unclear(r, c.Pos, c.Name)
		return
	}
	shiftInput(c, &b)
	keys, ok := w.pathOf(r, c, b)
	if ok && len(keys) == 0 {
		return // another provider
	}
	if !ok || b.Odd || b.Has("inputobject") {
		w.Unclear(r, c.Pos, c.Name+argument(b.Values["path"]))
		return
	}
	kind := powershell.TextValue("")
	for _, name := range []string{"propertytype", "type"} {
		if b.Has(name) {
			kind = b.Values[name]
		}
	}
	for _, key := range keys {
		for _, name := range b.Values["name"].Each() {
			text, okName := name.Text()
			if !okName || !b.Has("name") {
				w.unsureBelow(r, c.Pos, key, b)
				return
			}
			data, okData := dataOf(b.Values["value"], kind)
			e := effect{change: host.Change{Key: key, Name: valueName(text), Data: data}, data: okData && b.Has("value")}
			e.ifAbsent = c.Name == "new-itemproperty" && b.Values["force"].Truth() != script.Yes
			e.keepType = c.Name == "set-itemproperty" && !b.Has("type") && !b.Has("propertytype")
			w.hints(r, c.Pos, e)
			w.put(r, c.Pos, e, b)
		}
	}
}

// hints says on what of the host a write hangs.
func (w *psWorld) hints(r *powershell.Run, at script.Pos, e effect) {
	if r.Mode() != powershell.Live {
		return
	}
	value := message.Str("value", describe(e.change))
	if e.ifAbsent {
		w.find(at, recipe.Note, "ps1-no-force", value)
	}
	if e.keepType && e.data && e.change.Type == host.SZ {
		if _, err := strconv.ParseUint(e.change.Text, 0, 64); err == nil {
			w.find(at, recipe.Warning, "ps1-no-type", value)
		}
	}
}

// shiftInput moves the values along if the path comes through the pipeline: the first
// value is then the name.
func shiftInput(c *powershell.Call, b *powershell.Bound) {
	if c.Input.Kind == powershell.Nothing || b.Has("literalpath") {
		return
	}
	for _, a := range c.Args {
		if a.Param != "" && strings.HasPrefix("path", a.Param) {
			return
		}
	}
	path, positional := b.Values["path"]
	if !positional {
		return
	}
	order := []string{"name", "value"}
	loose := []powershell.Value{path}
	for _, a := range order {
		if v, ok := b.Values[a]; ok && !named(c, a) {
			loose = append(loose, v)
			delete(b.Values, a)
		}
	}
	delete(b.Values, "path")
	for _, name := range order {
		if !b.Has(name) && len(loose) > 0 {
			b.Values[name], loose = loose[0], loose[1:]
		}
	}
}

func named(c *powershell.Call, name string) bool {
	for _, a := range c.Args {
		if a.Param != "" && strings.HasPrefix(name, a.Param) {
			return true
		}
	}
	return false
}

func argument(v powershell.Value) string {
	if text, ok := v.Text(); ok && text != "" {
		return " " + text
	}
	return ""
}

// valueName is a value's name; (default) is the one without.
func valueName(s string) string {
	if strings.EqualFold(s, "(default)") {
		return ""
	}
	return s
}

// unsureBelow takes note of a write to a known key under a name that is not known.
func (w *psWorld) unsureBelow(r *powershell.Run, at script.Pos, key string, b powershell.Bound) {
	if w.dead(r, at, key) || whatIf(r, b) == script.Yes {
		return
	}
	w.unsure(at, "name-unknown", host.Unsure{Key: key, Tree: true}, message.Str("key", key))
}

// dataOf types a value as the registry provider and .NET do: without a type
// integers are DWORDs, lists of strings MULTI_SZ, bytes BINARY, all else SZ.
// https://learn.microsoft.com/dotnet/api/microsoft.win32.registrykey.setvalue
func dataOf(v, kind powershell.Value) (host.Data, bool) {
	name, ok := kind.Text()
	t, okType := typeOf(name)
	if !ok || !okType || !v.Known() {
		return host.Data{}, false
	}
	if t == "" {
		t = inferred(v)
	}
	switch t {
	case host.MultiSZ:
		d := host.Data{Type: t}
		for _, item := range v.Each() {
			text, ok := item.Text()
			if !ok {
				return d, false
			}
			d.Strings = append(d.Strings, text)
		}
		return d, true
	case host.Binary:
		d := host.Data{Type: t}
		for _, item := range v.Each() {
			n, ok := item.Number()
			if !ok || n < 0 || n > 255 {
				return d, false
			}
			d.Bytes = append(d.Bytes, byte(n))
		}
		return d, true
	case host.SZ, host.ExpandSZ:
		text, ok := v.Text()
		return host.Data{Type: t, Text: text}, ok
	}
	n, ok := v.Number()
	if t == host.DWORD {
		return host.Dword(uint32(n)), ok && n >= -1<<31 && n < 1<<32
	}
	return host.Data{Type: t, Number: uint64(n)}, ok
}

func inferred(v powershell.Value) host.Type {
	switch v.Kind {
	case powershell.Array:
		return host.MultiSZ
	case powershell.Int:
		if !v.Wide {
			return host.DWORD
		}
	}
	return host.SZ
}

// typeOf reads the name of a RegistryValueKind, or its number.
// https://learn.microsoft.com/dotnet/api/microsoft.win32.registryvaluekind
func typeOf(name string) (host.Type, bool) {
	switch strings.ToLower(name) {
	case "", "unknown", "0":
		return "", true
	case "dword", "4":
		return host.DWORD, true
	case "qword", "11":
		return host.QWORD, true
	case "string", "1":
		return host.SZ, true
	case "expandstring", "2":
		return host.ExpandSZ, true
	case "multistring", "7":
		return host.MultiSZ, true
	case "binary", "3":
		return host.Binary, true
	}
	return "", false
}

// removeProperty is Remove-ItemProperty, and Clear-ItemProperty, which leaves an
// empty value.
func (w *psWorld) removeProperty(r *powershell.Run, c *powershell.Call) {
	b := c.Bind(powershell.Params{Positional: []string{"path", "name"}, Named: []string{"literalpath"}})
	shiftInput(c, &b)
	keys, ok := w.pathOf(r, c, b)
	if ok && len(keys) == 0 {
		return
	}
	if !ok || b.Odd {
		w.Unclear(r, c.Pos, c.Name+argument(b.Values["path"]))
		return
	}
	for _, key := range keys {
		for _, name := range b.Values["name"].Each() {
			text, ok := name.Text()
			if !ok || strings.ContainsAny(text, "*?[") {
				w.unsureBelow(r, c.Pos, key, b)
				return
			}
			change := host.Change{Key: key, Name: valueName(text), Delete: true}
			if c.Name == "clear-itemproperty" {
				change.Delete = false
			}
			w.put(r, c.Pos, effect{change: change, data: change.Delete}, b)
		}
	}
}

// moved are the cmdlets that copy, move or rename; between keys that is not
// followed.
func (w *psWorld) moved(r *powershell.Run, c *powershell.Call) {
	b := c.Bind(powershell.Params{
		Positional: []string{"path", "destination", "name", "newname"}, Named: []string{"literalpath", "value", "exclude", "include", "filter", "tosession", "fromsession"},
	})
	keys, ok := w.pathOf(r, c, b)
	target := b.Values["destination"]
	to, okTo := "", true
	if b.Has("destination") {
		to, okTo = w.keyOf(r, target, true, c.Pos)
	}
	if ok && len(keys) == 0 && okTo && to == "" {
		return // files
	}
	w.Unclear(r, c.Pos, c.Name+argument(b.Values["path"]))
}

// newItem makes a key. With -Force it takes the values of one that exists.
func (w *psWorld) newItem(r *powershell.Run, c *powershell.Call) powershell.Value {
	b := c.Bind(powershell.Params{Positional: []string{"path"}, Named: []string{"name", "itemtype", "type", "value", "literalpath", "target"}})
	if name, ok := b.Values["name"]; ok {
		dir, okDir := b.Values["path"].Text()
		child, okName := name.Text()
		if !b.Has("path") {
			dir, okDir = ".", true
		}
		if okDir && okName {
			b.Values["path"] = powershell.TextValue(strings.TrimRight(dir, `\/`) + `\` + child)
		} else {
			b.Values["path"] = powershell.Value{}
		}
	}
	force := b.Values["force"].Truth() == script.Yes || b.Has("force") && b.Values["force"].Truth() == script.Unclear
	keys, ok := w.pathOf(r, c, b)
	switch {
	case ok && len(keys) == 0:
		return powershell.Value{}
	case !ok && !force: // a key without values, wherever it is
		return powershell.Value{}
	case !ok:
		w.Unclear(r, c.Pos, c.Name+argument(b.Values["path"]))
		return powershell.Value{}
	}
	for _, key := range keys {
		if force && !missing(w.state(r), key) && !w.dead(r, c.Pos, key) && whatIf(r, b) != script.Yes {
			w.find(c.Pos, recipe.Error, "ps1-new-item-force", message.Str("key", key))
			w.wipe(r, key, c.Pos)
		}
		if v, has := b.Values["value"]; has {
			data, okData := dataOf(v, powershell.TextValue("String"))
			w.put(r, c.Pos, effect{change: host.Change{Key: key, Data: data}, data: okData}, b)
		}
	}
	if len(keys) == 1 {
		return powershell.Thing(keyHandle{key: keys[0], known: true})
	}
	return powershell.Value{}
}

// wipe is what -Force does to an existing key: its values and the keys below it go. If
// the key does not exist, nothing is lost.
func (w *psWorld) wipe(r *powershell.Run, key string, at script.Pos) {
	s := w.state(r)
	if s.effects.len() < maxEffects {
		s.effects = s.effects.add(effect{change: host.Change{Key: key, Delete: true, Tree: true}, data: true, at: at})
	}
}

func (w *psWorld) removeItem(r *powershell.Run, c *powershell.Call) {
	b := c.Bind(powershell.Params{Positional: []string{"path"}, Named: []string{"literalpath", "stream"}})
	keys, ok := w.pathOf(r, c, b)
	if !ok || b.Odd {
		w.Unclear(r, c.Pos, c.Name+argument(b.Values["path"]))
		return
	}
	for _, key := range keys {
		w.put(r, c.Pos, effect{change: host.Change{Key: key, Delete: true, Tree: true}, data: true}, b)
	}
}

func (w *psWorld) testPath(r *powershell.Run, c *powershell.Call) powershell.Value {
	b := c.Bind(powershell.Params{Positional: []string{"path"}, Named: []string{"literalpath", "pathtype"}, Switches: []string{"isvalid"}})
	keys, ok := w.pathOf(r, c, b)
	if !ok || len(keys) != 1 {
		return powershell.Value{}
	}
	return powershell.Value{Object: powershell.Cond{Of: keyExists{keys[0]}}}
}

// getItem gives a key by its path; what is below one is not known.
func (w *psWorld) getItem(r *powershell.Run, c *powershell.Call) powershell.Value {
	b := c.Bind(powershell.Params{Positional: []string{"path", "filter"}, Named: []string{"literalpath", "depth", "name"}})
	keys, ok := w.pathOf(r, c, b)
	if !ok || len(keys) != 1 {
		return powershell.Value{}
	}
	h := keyHandle{key: keys[0], known: c.Name != "get-childitem"}
	return powershell.Thing(h)
}

func (w *psWorld) location(r *powershell.Run, c *powershell.Call) {
	s := w.state(r)
	b := c.Bind(powershell.Params{Positional: []string{"path"}, Named: []string{"literalpath", "stackname"}})
	if c.Name == "pop-location" || !b.Has("path") && !b.Has("literalpath") {
		s.where = ""
		return
	}
	keys, ok := w.pathOf(r, c, b)
	s.where = ""
	if ok && len(keys) == 1 {
		s.where = keys[0]
	}
}

func (w *psWorld) newDrive(r *powershell.Run, c *powershell.Call) {
	b := c.Bind(powershell.Params{Positional: []string{"name", "psprovider", "root"}, Named: []string{"description", "scope"}, Switches: []string{"persist"}})
	name, ok := b.Values["name"].Text()
	provider, _ := b.Values["psprovider"].Text()
	root, okRoot := b.Values["root"].Text()
	if !ok || !okRoot || !strings.EqualFold(provider, "registry") {
		return
	}
	s := w.state(r)
	if key, registry := w.parsePath(s, root); registry {
		root = key
	}
	drives := map[string]string{strings.ToUpper(name): root}
	for k, v := range s.drives {
		if _, has := drives[k]; !has {
			drives[k] = v
		}
	}
	s.drives = drives
}

func (w *psWorld) newObject(c *powershell.Call) powershell.Value {
	b := c.Bind(powershell.Params{Positional: []string{"typename", "argumentlist"}, Named: []string{"comobject", "property"}, Switches: []string{"strict"}})
	if id, ok := b.Values["comobject"].Text(); ok && b.Has("comobject") {
		return powershell.Thing(comObject{strings.ToLower(id)})
	}
	name, _ := b.Values["typename"].Text()
	name = strings.TrimPrefix(strings.ToLower(name), "system.")
	if p := b.Values["property"]; p.Kind == powershell.Table {
		return p
	}
	switch {
	case name == "psobject" || name == "object" || name == "hashtable" || name == "collections.hashtable":
		return powershell.Value{Kind: powershell.Table, Table: map[string]powershell.Value{}}
	case strings.HasPrefix(name, "collections.arraylist") || strings.HasPrefix(name, "collections.generic.list"):
		return powershell.Value{Kind: powershell.Array}
	}
	return powershell.Value{}
}

// reg is reg.exe called from PowerShell.
func (w *psWorld) reg(r *powershell.Run, c *powershell.Call) {
	words := wordsOf(c)
	call := &regCall{notes: w.notes, state: w.state(r), at: c.Pos, gone: func(what string) bool { return w.dead(r, c.Pos, what) }}
	call.reg(words)
	if len(words) > 0 && strings.EqualFold(words[0].text, "query") {
		r.Assign("lastexitcode", powershell.Value{})
	}
}

func wordsOf(c *powershell.Call) []word {
	texts, ok := c.Words()
	words := make([]word, len(texts))
	for i := range texts {
		words[i] = word{texts[i], ok[i]}
	}
	return words
}

// cmd is cmd.exe with a command line behind /c or /k.
func (w *psWorld) cmd(r *powershell.Run, c *powershell.Call) (powershell.Value, bool) {
	words := wordsOf(c)
	for i, one := range words {
		if !one.known {
			return powershell.Value{}, false
		}
		if low := strings.ToLower(one.text); strings.HasPrefix(low, "/c") || strings.HasPrefix(low, "/k") {
			var rest []string
			for _, later := range words[i:] {
				if !later.known {
					return powershell.Value{}, false
				}
				rest = append(rest, later.text)
			}
			rest[0] = rest[0][2:]
			runLine(strings.TrimSpace(strings.Join(rest, " ")), w.notes, w.state(r), c.Pos, func(what string) bool { return w.dead(r, c.Pos, what) })
			return powershell.Value{}, true
		}
	}
	return powershell.Value{}, len(words) == 0
}

// Data types a value that stands in a script as one of a registry type.
func Data(v powershell.Value, t host.Type) (host.Data, bool) {
	for _, kind := range []string{"DWord", "QWord", "String", "ExpandString", "MultiString", "Binary"} {
		if have, _ := typeOf(kind); have == t {
			return dataOf(v, powershell.TextValue(kind))
		}
	}
	return host.Data{}, false
}
