package scripts

import (
	"slices"
	"strings"

	"tlsready/internal/program/protocol"
	"tlsready/internal/script"
	"tlsready/internal/script/powershell"
	"tlsready/internal/script/powershell/syntax"
)

// object is an object of .NET or COM that the reader knows.
type object struct {
	kind string // the class in lower case without System., or "com:" and the program id
}

// property is a property of a class that is reached by reflection.
type property struct{ typ, name string }

// class is a type's name in lower case without System., with the namespace of a using
// statement if one makes it known.
func (w *psWorld) class(name string) string {
	name = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "system.")
	if !strings.Contains(name, ".") {
		for _, space := range w.usings {
			if full := space + name; slices.Contains([]string{"net.servicepointmanager", "net.securityprotocoltype", "net.webclient", "net.webrequest", "net.httpwebrequest", "net.http.httpclient", "net.http.httpclienthandler", "net.security.sslstream", "net.sockets.tcpclient", "net.mail.smtpclient", "security.authentication.sslprotocols"}, full) {
				return full
			}
		}
	}
	return name
}

// Static reads a property of a type.
func (w *psWorld) Static(r *powershell.Run, typ, name string, _ script.Pos) (powershell.Value, bool) {
	switch w.class(typ) {
	case "net.servicepointmanager":
		if name == "securityprotocol" {
			if s := at(r); s.doubt == nil {
				return s.choice().value(), true
			}
		}
	case "net.securityprotocoltype", "security.authentication.sslprotocols":
		if n, ok := protocol.Member(name); ok {
			return powershell.NumberValue(int64(n)), true
		}
	}
	return powershell.Value{}, false
}

// SetStatic assigns to a property of a type.
func (w *psWorld) SetStatic(r *powershell.Run, typ, name string, v powershell.Value, pos script.Pos) bool {
	if w.class(typ) == "net.servicepointmanager" && name == "securityprotocol" {
		w.set(r, pos, v)
	}
	return true
}

// CallStatic calls a method of a type.
func (w *psWorld) CallStatic(r *powershell.Run, typ, name string, args []powershell.Value, pos script.Pos) (powershell.Value, bool) {
	class := w.class(typ)
	switch class + "::" + name {
	case "enum::parse", "enum::toobject":
		if len(args) > 1 {
			v := args[1]
			if v.Kind == powershell.String || v.Kind == powershell.Int {
				if n, ok := number(v); ok && strings.Contains(strings.ToLower(typeText(args[0])), "protocol") {
					return powershell.NumberValue(int64(n)), true
				}
			}
		}
		return powershell.Value{}, true
	case "enum::getnames":
		return names(), true
	case "scriptblock::create":
		if len(args) == 1 && args[0].Kind == powershell.String {
			return powershell.Value{Kind: powershell.Code, Block: syntax.ParseInside(args[0].Str, pos)}, true
		}
	case "net.webrequest::create", "net.webrequest::createhttp", "net.httpwebrequest::create":
		return powershell.Thing(&object{kind: "net.webrequest"}), true
	}
	if name == "new" {
		return w.object(r, class, pos), true
	}
	return powershell.Value{}, true
}

// names are the members of SecurityProtocolType that every Windows PowerShell 5.1
// knows; TLS 1.3 is one from .NET Framework 4.8 on, so the list is not known whole.
func names() powershell.Value {
	return powershell.Thing(memberList{})
}

// memberList is the list of the names of SecurityProtocolType.
type memberList struct{}

// typeText is the name of a type that is given as one, or as a text.
func typeText(v powershell.Value) string {
	if t, ok := v.Object.(syntax.Type); ok {
		return t.Name
	}
	text, _ := v.Text()
	return text
}

// newObject is New-Object.
func (w *psWorld) newObject(r *powershell.Run, c *powershell.Call) powershell.Value {
	b := c.Bind(powershell.Params{Positional: []string{"typename", "argumentlist"}, Named: []string{"comobject", "property"}, Switches: []string{"strict"}})
	if id, ok := b.Values["comobject"].Text(); ok && b.Has("comobject") {
		return w.com(r, id, c.Pos)
	}
	name, ok := b.Values["typename"].Text()
	if !ok {
		return powershell.Value{}
	}
	return w.object(r, w.class(name), c.Pos)
}

// com makes an automation object.
func (w *psWorld) com(r *powershell.Run, id string, pos script.Pos) powershell.Value {
	stack, code, ok := comStack(id)
	if !ok {
		return powershell.Value{}
	}
	if code != "" {
		w.unclear(r, Place{Pos: pos, Code: code, Text: id})
	} else {
		w.direct(r, Use{Pos: pos, Stack: stack, To: id})
	}
	return powershell.Thing(&object{kind: "com:" + strings.ToLower(id)})
}

// object makes an object of .NET.
func (w *psWorld) object(r *powershell.Run, class string, pos script.Pos) powershell.Value {
	switch class {
	case "data.sqlclient.sqlconnection", "microsoft.data.sqlclient.sqlconnection", "data.oledb.oledbconnection", "data.odbc.odbcconnection":
		w.direct(r, Use{Pos: pos, Stack: SQL, To: class})
	case "net.webclient", "net.http.httpclient", "net.http.httpclienthandler", "net.http.winhttphandler", "net.webrequest", "net.security.sslstream", "net.mail.smtpclient":
		return powershell.Thing(&object{kind: class})
	}
	return powershell.Value{}
}

// isRequest says whether a method makes a connection, whatever object it belongs to.
func isRequest(name string) bool {
	for _, end := range []string{"async", "taskasync"} {
		name = strings.TrimSuffix(strings.TrimSuffix(name, end), "task")
	}
	switch name {
	case "downloadfile", "downloadstring", "downloaddata", "uploadfile", "uploadstring", "uploaddata", "uploadvalues",
		"getresponse", "getrequeststream", "getstring", "getbytearray", "authenticateasclient", "beginauthenticateasclient":
		return true
	}
	return false
}

// Method calls a method of an object.
func (w *psWorld) Method(r *powershell.Run, x powershell.Value, name string, args []powershell.Value, pos script.Pos) (powershell.Value, bool) {
	switch o := x.Object.(type) {
	case choice:
		return w.valueMethod(o, name, args), true
	case memberList:
		return memberMethod(name, args), true
	case syntax.Type:
		return w.typeMethod(o, name, args), true
	case property:
		if name == "setvalue" && len(args) > 1 && o.name == "securityprotocol" && w.class(o.typ) == "net.servicepointmanager" {
			w.set(r, pos, args[1])
		}
		return powershell.Value{}, true
	case *object:
		return w.objectMethod(r, o, name, args, pos), true
	}
	switch {
	case name == "authenticateasclient" || name == "authenticateasclientasync" || name == "beginauthenticateasclient":
		w.authenticate(r, args, pos)
	case isRequest(name):
		w.ask(r, pos, "."+name, false)
	case name == "setvalue" && len(args) > 1 && x.Kind == powershell.Unknown:
		if n, ok := chosen(args[1]); ok && len(n) == 1 && n[0].on >= 0x30 {
			w.doubt(r, Place{Pos: pos, Code: "reflection", Text: ".SetValue"})
		}
	}
	return powershell.Value{}, true
}

// valueMethod is a method of what is in force.
func (w *psWorld) valueMethod(c choice, name string, args []powershell.Value) powershell.Value {
	if name == "hasflag" && len(args) == 1 {
		if n, ok := number(args[0]); ok {
			return c.has(n)
		}
	}
	return powershell.Value{}
}

// has says whether the value holds all bits of a number.
func (c choice) has(n uint32) powershell.Value {
	yes, no := false, false
	for _, s := range c {
		switch {
		case s.on&n == n:
			yes = true
		case !s.base || s.off&n != 0:
			no = true
		default:
			if len(c) == 1 {
				return powershell.Value{Object: powershell.Cond{Of: holds{n}}}
			}
			return powershell.Value{}
		}
	}
	if yes == no {
		return powershell.Value{}
	}
	return powershell.Truth(yes)
}

func memberMethod(name string, args []powershell.Value) powershell.Value {
	if name == "contains" && len(args) == 1 {
		return isMember(args[0])
	}
	return powershell.Value{}
}

// isMember says whether a name is one of SecurityProtocolType in every runtime of
// Windows PowerShell 5.1.
func isMember(v powershell.Value) powershell.Value {
	text, ok := v.Text()
	n, known := protocol.Member(text)
	if !ok || n == 0x3000 || n == 0 || known && n == 0x0c {
		return powershell.Value{}
	}
	return powershell.Truth(known)
}

func (w *psWorld) typeMethod(t syntax.Type, name string, args []powershell.Value) powershell.Value {
	switch {
	case name == "getenumnames":
		return names()
	case name == "getproperty" && len(args) > 0:
		if text, ok := args[0].Text(); ok {
			return powershell.Thing(property{t.Name, strings.ToLower(text)})
		}
	}
	return powershell.Value{}
}

func (w *psWorld) objectMethod(r *powershell.Run, o *object, name string, args []powershell.Value, pos script.Pos) powershell.Value {
	switch {
	case strings.HasPrefix(o.kind, "com:"):
		if name == "setoption" && len(args) == 2 || name == "option" {
			return powershell.Value{}
		}
	case o.kind == "net.security.sslstream" && strings.Contains(name, "authenticateasclient"):
		w.authenticate(r, args, pos)
	case o.kind == "net.http.httpclient" && name != "dispose" && name != "tostring":
		w.ask(r, pos, "HttpClient."+name, true)
	case o.kind == "net.mail.smtpclient" && strings.HasPrefix(name, "send"),
		o.kind == "net.webclient" && strings.HasPrefix(name, "open"), isRequest(name):
		w.ask(r, pos, "."+name, false)
	}
	return powershell.Value{}
}

// authenticate is SslStream.AuthenticateAsClient, whose third argument names versions
// (https://learn.microsoft.com/dotnet/api/system.net.security.sslstream.authenticateasclient).
func (w *psWorld) authenticate(r *powershell.Run, args []powershell.Value, pos script.Pos) {
	const to = "SslStream.AuthenticateAsClient"
	switch {
	case len(args) >= 4 && args[2].Kind != powershell.Bool:
		w.named(r, pos, args[2], to)
	case len(args) == 3 && args[2].Kind != powershell.Bool && args[2].Kind != powershell.Unknown:
		w.named(r, pos, args[2], to)
	default:
		w.direct(r, Use{Pos: pos, Stack: Framework, To: to})
	}
}

// Get reads a property of an object.
func (w *psWorld) Get(_ *powershell.Run, _ powershell.Value, _ string, _ script.Pos) (powershell.Value, bool) {
	return powershell.Value{}, true
}

// Set assigns to a property of an object.
func (w *psWorld) Set(r *powershell.Run, x powershell.Value, name string, v powershell.Value, pos script.Pos) bool {
	o, _ := x.Object.(*object)
	switch {
	case name == "sslprotocols" || name == "enabledsslprotocols":
		w.named(r, pos, v, "HttpClientHandler.SslProtocols")
	case o != nil && strings.HasPrefix(o.kind, "com:winhttp.") && (name == "option(9)" || name == "option(winhttprequestoption_secureprotocols)"):
		w.flags(r, v, pos)
	}
	return true
}

// flags are the versions that are given to WinHttpRequest's option 9
// (https://learn.microsoft.com/windows/win32/winhttp/winhttprequestoption).
func (w *psWorld) flags(r *powershell.Run, v powershell.Value, pos script.Pos) {
	n, ok := v.Number()
	u, known := winHTTPUse(uint32(n), pos)
	if !ok || !known || !r.Sure() {
		w.unclear(r, Place{Pos: pos, Code: "value", Text: secureProtocols})
		return
	}
	w.direct(r, u)
}

// secureProtocols is the option of WinHttpRequest that names versions.
const secureProtocols = "WinHttpRequest.Option(9)"

func winHTTPUse(n uint32, pos script.Pos) (Use, bool) {
	versions, ok := protocol.WinHTTP(n)
	return Use{Pos: pos, Stack: WinHTTP, Set: true, Versions: versions, To: secureProtocols}, ok && n != 0
}

// Operate applies an operator if an operand is one of our objects.
func (w *psWorld) Operate(_ *powershell.Run, op string, a, b powershell.Value) (powershell.Value, bool) {
	if t, ok := b.Object.(syntax.Type); ok && (op == "as" || op == "is") {
		if op == "as" {
			return w.cast(t.Name, a), true
		}
		return powershell.Value{}, true
	}
	if _, ok := a.Object.(memberList); ok && (op == "contains" || op == "notcontains") {
		return negatedIf(op == "notcontains", isMember(b)), true
	}
	if _, ok := b.Object.(memberList); ok && (op == "in" || op == "notin") {
		return negatedIf(op == "notin", isMember(a)), true
	}
	c, ok := a.Object.(choice)
	if ok {
		switch op {
		case "match", "like", "notmatch", "notlike", "contains", "notcontains":
			text, _ := b.Text()
			n, known := protocol.Member(strings.Trim(text, "*^$. "))
			if known && n != 0 && n != 0xc0 { // Tls stands in the other names too
				return negatedIf(strings.HasPrefix(op, "not"), c.has(n)), true
			}
			return powershell.Value{}, true
		case "eq", "ne":
			return c.equals(op == "ne", b), true
		case "bnot":
			return powershell.Value{}, true
		}
	}
	x, okX := chosen(a)
	y, okY := chosen(b)
	if okX && okY {
		if sum, ok := operate(op, x, y); ok {
			return sum.value(), true
		}
	}
	return powershell.Value{}, true
}

// equals compares what is cut out of the value in force with zero or with what it was
// cut by.
func (c choice) equals(not bool, b powershell.Value) powershell.Value {
	cond, ok := c.Condition()
	n, known := number(b)
	if !ok || !known {
		return powershell.Value{}
	}
	mask := cond.Of.(holds).mask
	switch n {
	case 0:
		cond.Negated = !not
	case mask:
		cond.Negated = not
	default:
		return powershell.Value{}
	}
	return powershell.Value{Object: cond}
}

func negatedIf(not bool, v powershell.Value) powershell.Value {
	if !not {
		return v
	}
	if c, ok := v.Object.(powershell.Cond); ok {
		c.Negated = !c.Negated
		return powershell.Value{Object: c}
	}
	switch v.Truth() {
	case script.Yes:
		return powershell.Truth(false)
	case script.No:
		return powershell.Truth(true)
	}
	return powershell.Value{}
}

// Cast turns a value into a type that the language does not know.
func (w *psWorld) Cast(_ *powershell.Run, typ string, v powershell.Value) (powershell.Value, bool) {
	return w.cast(typ, v), true
}

func (w *psWorld) cast(typ string, v powershell.Value) powershell.Value {
	switch class := w.class(typ); {
	case class == "net.securityprotocoltype" || class == "security.authentication.sslprotocols":
		if _, mine := v.Object.(choice); mine {
			return v
		}
		if c, ok, _ := given(v); ok {
			return c.value()
		}
		return powershell.Value{}
	case class == "type" && v.Kind == powershell.String:
		return powershell.Thing(syntax.Type{Name: strings.ToLower(v.Str)})
	case class == "version" || class == "uri":
		return powershell.Value{}
	}
	return v
}
