package dryrun

import (
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/script"
	"tlsready/internal/script/powershell"
	"tlsready/internal/script/powershell/syntax"
)

// rootOf is the root that a property of Microsoft.Win32.Registry, or a name of
// RegistryHive, stands for.
func rootOf(name string) string {
	switch strings.ToLower(name) {
	case "localmachine", "hkey_local_machine":
		return "HKLM"
	case "users", "hkey_users":
		return "HKU"
	case "currentuser", "hkey_current_user":
		return "HKCU"
	case "classesroot", "hkey_classes_root":
		return "HKCR"
	case "currentconfig", "hkey_current_config":
		return "HKCC"
	}
	return ""
}

// class is a type's name without System., with the namespace of a using statement
// if that makes it one of the registry.
func (w *psWorld) class(typ string) string {
	typ = strings.TrimPrefix(typ, "system.")
	if strings.HasPrefix(typ, "registry") && !strings.Contains(typ, ".") {
		for _, space := range w.usings {
			if space == "microsoft.win32" {
				return space + "." + typ
			}
		}
	}
	return typ
}

// Static reads a property of a type.
func (w *psWorld) Static(_ *powershell.Run, typ, name string, _ script.Pos) (powershell.Value, bool) {
	typ = w.class(typ)
	switch {
	case typ == "microsoft.win32.registry":
		if root := rootOf(name); root != "" {
			return powershell.Thing(keyHandle{key: root, known: true}), true
		}
	case typ == "microsoft.win32.registryhive" || typ == "microsoft.win32.registryview" || typ == "microsoft.win32.registryvaluekind":
		return powershell.TextValue(name), true
	case typ == "intptr" && name == "size":
		return powershell.NumberValue(8), true
	case typ == "environment" && name == "machinename":
		return powershell.Value{Object: powershell.ThisMachine{}}, true
	case typ == "environment" && name == "is64bitprocess":
		return powershell.Truth(true), true
	}
	return powershell.Value{}, false
}

// SetStatic assigns to a static property of a type; no such property is the registry.
func (w *psWorld) SetStatic(_ *powershell.Run, _, _ string, _ powershell.Value, _ script.Pos) bool {
	return true
}

// CallStatic calls a method of a type.
func (w *psWorld) CallStatic(r *powershell.Run, typ, name string, args []powershell.Value, at script.Pos) (powershell.Value, bool) {
	typ = w.class(typ)
	switch typ + "::" + name {
	case "microsoft.win32.registry::setvalue":
		return powershell.Value{Kind: powershell.Nothing}, w.setValue(r, args, at)
	case "microsoft.win32.registry::getvalue":
		return powershell.Value{}, true
	case "microsoft.win32.registrykey::openbasekey":
		return w.baseKey(args), true
	case "microsoft.win32.registrykey::openremotebasekey":
		v := w.baseKey(args)
		if h, ok := v.Object.(keyHandle); ok && len(args) > 1 {
			_, mine := args[1].Object.(powershell.ThisMachine)
			text, known := args[1].Text()
			h.remote = !mine && !(known && (text == "" || text == "."))
			return powershell.Thing(h), true
		}
		return v, true
	case "scriptblock::create":
		if text, ok := first(args).Text(); ok && len(args) == 1 {
			return powershell.Value{Kind: powershell.Code, Block: syntax.Parse(text)}, true
		}
		return powershell.Value{}, true
	}
	for _, risky := range []string{"microsoft.win32.", "diagnostics.process", "management.", "activator", "runtime.interopservices.marshal", "wmi", "reflection.assembly"} {
		if strings.HasPrefix(typ, risky) && !strings.HasPrefix(name, "load") {
			return powershell.Value{}, false
		}
	}
	return powershell.Value{}, true
}

func first(args []powershell.Value) powershell.Value {
	if len(args) == 0 {
		return powershell.Value{}
	}
	return args[0]
}

// baseKey is the root that OpenBaseKey opens; the 32-bit view has keys of its own.
func (w *psWorld) baseKey(args []powershell.Value) powershell.Value {
	name, ok := first(args).Text()
	root := rootOf(name)
	if !ok || root == "" {
		return powershell.Value{}
	}
	h := keyHandle{key: root, known: true}
	if len(args) > 1 {
		view, okView := args[1].Text()
		if strings.Contains(strings.ToLower(view), "32") {
			h.key = root + wowMark
		}
		h.known = okView || args[1].Object != nil
	}
	return powershell.Thing(h)
}

// wowMark stands behind a root that was opened in the 32-bit view, until a key
// below it is named.
const wowMark = "\x00wow"

// below is a key below another one.
func below(key, sub string) string {
	root, wow := strings.CutSuffix(key, wowMark)
	full := host.NormalKey(root + `\` + strings.Trim(sub, `\`))
	if wow {
		return wowKey(full)
	}
	return full
}

// setValue is [Microsoft.Win32.Registry]::SetValue(key, name, value, kind).
func (w *psWorld) setValue(r *powershell.Run, args []powershell.Value, at script.Pos) bool {
	if len(args) < 3 {
		return false
	}
	key, ok := args[0].Text()
	if !ok {
		return false
	}
	if !rooted(key) {
		return true // it throws
	}
	w.setNamed(r, host.NormalKey(key), args[1:], at)
	return true
}

// setNamed writes name, value and kind below a key.
func (w *psWorld) setNamed(r *powershell.Run, key string, args []powershell.Value, at script.Pos) {
	name, ok := args[0].Text()
	if !ok {
		if !w.dead(r, at, key) {
			w.unsure(at, "name-unknown", host.Unsure{Key: key, Tree: true}, message.Str("key", key))
		}
		return
	}
	kind := powershell.TextValue("")
	if len(args) > 2 {
		kind = args[2]
	}
	data, okData := dataOf(args[1], kind)
	if kind.Kind == powershell.Unknown {
		okData = false
	}
	if !w.dead(r, at, key+" "+name) {
		w.write(w.state(r), effect{change: host.Change{Key: key, Name: name, Data: data}, data: okData, at: at})
	}
}

// Get reads a property of an object.
func (w *psWorld) Get(_ *powershell.Run, x powershell.Value, name string, _ script.Pos) (powershell.Value, bool) {
	h, ok := x.Object.(keyHandle)
	if !ok || x.Kind != powershell.Object {
		return powershell.Value{}, false
	}
	switch name {
	case "pspath", "path", "name":
		return x, true
	case "pschildname":
		if h.known {
			return powershell.TextValue(h.key[strings.LastIndexByte(h.key, '\\')+1:]), true
		}
	}
	return powershell.Value{}, true
}

// Set assigns to a property of an object: of those that matter none has any.
func (w *psWorld) Set(_ *powershell.Run, _ powershell.Value, _ string, _ powershell.Value, _ script.Pos) bool {
	return true
}

// writers are the methods that write to the registry, or run something that may,
// of objects that are not known.
func isWriter(name string) bool {
	switch name {
	case "setvalue", "createsubkey", "deletesubkey", "deletesubkeytree", "deletevalue",
		"setdwordvalue", "setstringvalue", "setmultistringvalue", "setexpandedstringvalue", "setbinaryvalue", "setqwordvalue", "createkey", "deletekey",
		"regwrite", "regdelete", "run", "exec", "shellexecute", "create", "invoke", "invokescript", "invokemethod", "invokecommand", "start", "put", "addscript", "begininvoke":
		return true
	}
	return false
}

// Method calls a method of an object.
func (w *psWorld) Method(r *powershell.Run, x powershell.Value, name string, args []powershell.Value, at script.Pos) (powershell.Value, bool) {
	switch o := x.Object.(type) {
	case keyHandle:
		if x.Kind == powershell.Object {
			return w.keyMethod(r, o, name, args, at)
		}
	case comObject:
		return w.comMethod(r, o, name, args, at)
	}
	switch name {
	case "isinrole": // the script is taken to run as an administrator
		return powershell.Truth(true), true
	}
	return powershell.Value{}, !isWriter(name)
}

func (w *psWorld) keyMethod(r *powershell.Run, h keyHandle, name string, args []powershell.Value, at script.Pos) (powershell.Value, bool) {
	sub, okSub := first(args).Text()
	if h.remote && isWriter(name) {
		if !w.dead(r, at, h.key) {
			w.opaque(at, "other-machine", message.Str("what", name))
		}
		return powershell.Thing(h), true
	}
	if !h.known {
		return powershell.Thing(h), !isWriter(name)
	}
	switch name {
	case "opensubkey", "createsubkey":
		if !okSub {
			return powershell.Thing(keyHandle{key: h.key, remote: h.remote}), true
		}
		return powershell.Thing(keyHandle{key: below(h.key, sub), known: true, remote: h.remote}), true
	case "setvalue":
		if len(args) < 2 {
			return powershell.Value{}, false
		}
		w.setNamed(r, h.key, args, at)
		return powershell.Value{Kind: powershell.Nothing}, true
	case "deletevalue":
		if !okSub {
			return powershell.Value{}, false
		}
		w.put(r, at, effect{change: host.Change{Key: h.key, Name: sub, Delete: true}, data: true}, powershell.Bound{})
		return powershell.Value{Kind: powershell.Nothing}, true
	case "deletesubkey", "deletesubkeytree":
		if !okSub {
			return powershell.Value{}, false
		}
		w.put(r, at, effect{change: host.Change{Key: below(h.key, sub), Delete: true, Tree: true}, data: true}, powershell.Bound{})
		return powershell.Value{Kind: powershell.Nothing}, true
	}
	return powershell.Value{}, !isWriter(name)
}

// comMethod is RegWrite and RegDelete of Windows Script Host; its other methods
// and objects may do anything.
// https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/yfdfhz1b(v=ws.11)
func (w *psWorld) comMethod(r *powershell.Run, o comObject, name string, args []powershell.Value, at script.Pos) (powershell.Value, bool) {
	path, ok := first(args).Text()
	if o.id != "wscript.shell" || !ok || name != "regwrite" && name != "regdelete" {
		return powershell.Value{}, !isWriter(name)
	}
	key, value := path, ""
	if i := strings.LastIndexByte(path, '\\'); i >= 0 {
		key, value = path[:i], path[i+1:]
	}
	if !rooted(key) {
		return powershell.Value{}, true // it throws
	}
	change := host.Change{Key: host.NormalKey(key), Name: value}
	e := effect{change: change, data: true}
	switch {
	case name == "regdelete" && value == "":
		e.change.Delete, e.change.Tree = true, true
	case name == "regdelete":
		e.change.Delete = true
	default:
		kind := "String"
		if len(args) > 2 {
			kind, _ = args[2].Text()
		}
		kind = map[string]string{"reg_dword": "DWord", "reg_sz": "String", "reg_expand_sz": "ExpandString", "reg_binary": "Binary", "string": "String"}[strings.ToLower(kind)]
		if len(args) < 2 || kind == "" {
			e.data = false
			break
		}
		e.change.Data, e.data = dataOf(args[1], powershell.TextValue(kind))
	}
	w.put(r, at, e, powershell.Bound{})
	return powershell.Value{Kind: powershell.Nothing}, true
}

// Operate applies an operator to what is no plain value: nothing is known then.
func (w *psWorld) Operate(_ *powershell.Run, _ string, _, _ powershell.Value) (powershell.Value, bool) {
	return powershell.Value{}, true
}

// Cast turns a value into a type that the language does not know.
func (w *psWorld) Cast(_ *powershell.Run, typ string, v powershell.Value) (powershell.Value, bool) {
	switch typ {
	case "wmiclass", "wmi", "adsi", "ciminstance", "wmisearcher":
		return powershell.Value{}, true
	}
	return v, false
}
