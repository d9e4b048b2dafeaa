package scripts

import (
	"strings"

	"tlsready/internal/script"
	"tlsready/internal/script/batch"
	"tlsready/internal/script/wsh"
)

// WSH reads a script of Windows Script Host or a page with scripts, by the ending of
// its name: ".vbs", ".js", ".wsf", ".hta", ".asp" or ".asa".
func WSH(text, ending string, files Files) Reading {
	var r Reading
	w := &wshWorld{out: &r, files: files}
	if strings.Contains(text, "#@~^") || ending == ".vbe" || ending == ".jse" {
		r.unclear(Place{Pos: script.Pos{Line: 1, Column: 1}, Code: "encoded", Text: strings.TrimPrefix(ending, ".")})
		return r
	}
	switch ending {
	case ".vbs":
		wsh.Follow(wsh.VBScript(text), w, false)
	case ".js":
		if s := wsh.JScript(text); isHost(s) {
			wsh.Follow(s, w, false)
		}
	default:
		w.page(text, ending)
	}
	w.close()
	if len(r.Uses) == 0 { // nothing in it makes connections
		r.Unclear = nil
	}
	r.sort()
	return r
}

// isHost tells a script of Windows Script Host from one of the web: the latter asks for
// ActiveXObject, if at all, along with the objects of a browser or of its own server.
func isHost(s *wsh.Script) bool {
	if s.Has("wscript") {
		return true
	}
	for _, other := range []string{"window", "document", "navigator", "module", "exports", "require", "xmlhttprequest", "define"} {
		if s.Has(other) {
			return false
		}
	}
	return s.Has("activexobject")
}

// wshWorld is what such a script acts on, as far as TLS is concerned.
type wshWorld struct {
	out   *Reading
	files Files
	made  []*automation
}

// automation is an object by its program id.
type automation struct {
	script.Pos
	id    string // in lower case; "" if it is not known
	name  string // as the script writes it
	stack Stack
	named *Use // the versions that are named at it
	used  bool // it has made a connection
}

// shellID is the program id of what starts programs.
const shellID = "wscript.shell"

// Create makes an object.
func (w *wshWorld) Create(_ *wsh.Run, at script.Pos, id string, known bool) wsh.Object {
	stack, code, ok := comStack(id)
	o := &automation{Pos: at, id: strings.ToLower(strings.TrimSpace(id)), name: id, stack: stack}
	switch {
	case !known:
		return o
	case o.id == shellID, strings.HasPrefix(o.id, "msxml2.domdocument"), strings.HasPrefix(o.id, "microsoft.xmldom"), strings.HasPrefix(o.id, "cdo."):
		return o
	case !ok || code != "":
		return nil
	}
	if stack != SQL {
		w.made = append(w.made, o)
	}
	return o
}

// close counts the objects that were made and whose use is not seen: a routine of
// another file may use them.
func (w *wshWorld) close() {
	for _, o := range w.made {
		if !o.used {
			w.use(o)
		}
	}
}

// use takes note of a connection.
func (w *wshWorld) use(o *automation) {
	o.used = true
	if o.named != nil {
		w.out.use(*o.named)
		return
	}
	w.out.use(Use{Pos: o.Pos, Stack: o.stack, To: o.name})
}

// Call calls a method.
func (w *wshWorld) Call(_ *wsh.Run, at script.Pos, object wsh.Object, name string, args []wsh.Value) wsh.Value {
	o, ok := object.(*automation)
	if !ok {
		return nil
	}
	text := func(i int) string {
		if i < len(args) {
			s, _ := args[i].(string)
			return s
		}
		return ""
	}
	switch {
	case o.id == "" && name == "send":
		w.out.unclear(Place{Pos: o.Pos, Code: "object", Text: "CreateObject"})
		w.out.use(Use{Pos: o.Pos, Stack: WinHTTP, To: ".send"})
	case o.id == shellID && (name == "run" || name == "exec"):
		if line := text(0); line != "" {
			batch.Line(line, at, &cmdWorld{out: w.out, files: w.files}, cmdState{})
		}
	case o.stack == SQL && name == "open":
		w.connect(at, text(0), len(args) > 0)
	case strings.Contains(o.id, "dom") && name == "setproperty" && strings.EqualFold(text(0), "ServerHTTPRequest"):
		o.stack = WinHTTP
	case strings.Contains(o.id, "dom") && name == "load" && strings.HasPrefix(strings.ToLower(text(0)), "https:"):
		if o.stack == None {
			o.stack = WinINET // a document loads by the moniker of the address
		}
		w.use(o)
	case o.stack == WinHTTP && name == "send", o.stack == WinINET && (name == "send" || name == "navigate" || name == "openurl"):
		w.use(o)
	}
	return wsh.Handle{Object: o} // what a member of an object gives may have members that matter
}

// Set assigns to a property.
func (w *wshWorld) Set(r *wsh.Run, at script.Pos, object wsh.Object, name string, args []wsh.Value, v wsh.Value) {
	o, ok := object.(*automation)
	if !ok {
		return
	}
	switch {
	case strings.HasPrefix(o.id, "winhttp.") && name == "option":
		w.option(r, at, o, args, v)
	case o.stack == SQL && name == "connectionstring":
		text, _ := v.(string)
		w.connect(at, text, true)
	case strings.HasPrefix(o.id, "cdo.") && (name == "item" || name == "fields"):
		if field, _ := firstOf(args).(string); strings.HasSuffix(strings.ToLower(field), "smtpusessl") && v != false {
			w.out.unclear(Place{Pos: at, Code: "cdo", Text: "CDO.Message"})
			w.out.use(Use{Pos: at, Stack: None, To: "CDO.Message"})
		}
	}
}

func firstOf(args []wsh.Value) wsh.Value {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}

// option is WinHttpRequest.Option(n) = v: option 9 names versions
// (https://learn.microsoft.com/windows/win32/winhttp/winhttprequestoption).
func (w *wshWorld) option(r *wsh.Run, at script.Pos, o *automation, args []wsh.Value, v wsh.Value) {
	n, ok := firstOf(args).(int64)
	if ok && n != 9 {
		return
	}
	bits, known := v.(int64)
	u, valid := winHTTPUse(uint32(bits), at)
	if !ok || !known || !valid || !r.Sure() {
		code := "value"
		if ok && known && valid {
			code = "condition"
		}
		w.out.unclear(Place{Pos: at, Code: code, Text: secureProtocols})
		return
	}
	o.named = &u
}

// connect is a connection of ADO. That of a file has no TLS.
func (w *wshWorld) connect(at script.Pos, text string, given bool) {
	low := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	if !given {
		return // the text was given before
	}
	if text == "" {
		w.out.unclear(Place{Pos: at, Code: "connection", Text: "ADODB.Connection"})
		w.out.use(Use{Pos: at, Stack: SQL, To: "ADODB.Connection"})
		return
	}
	for _, part := range []string{"provider=sqloledb", "provider=sqlncli", "provider=msoledbsql", "driver={sqlserver", "driver={odbcdriver", "driver={sqlnative", "dsn="} {
		if strings.Contains(low, part) {
			w.out.use(Use{Pos: at, Stack: SQL, To: strings.Trim(strings.TrimPrefix(strings.TrimPrefix(part, "provider="), "driver="), "{=")})
			if part == "provider=sqloledb" || part == "driver={sqlserver" && strings.Contains(low, "driver={sqlserver}") {
				w.out.unclear(Place{Pos: at, Code: "mdac", Text: strings.SplitN(text, ";", 2)[0]})
			}
			return
		}
	}
}

// Unclear takes note of code that is not known or cannot be read.
func (w *wshWorld) Unclear(_ *wsh.Run, at script.Pos, what string) {
	w.out.unclear(Place{Pos: at, Code: "unparsed", Text: what})
}
