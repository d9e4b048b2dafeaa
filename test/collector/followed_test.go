package collector

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"tlsready/internal/host"
	place "tlsready/internal/script"
	"tlsready/internal/script/powershell"
	"tlsready/internal/script/powershell/syntax"
)

// windows is a machine on which a script for PowerShell is followed: its registry, its files
// by their paths, and what the script did. Nothing of .NET is there but what is here.
type windows struct {
	t      *testing.T
	values []host.Value
	files  map[string]string
	tls    int64  // what the process was told to speak
	status int    // of the answer of the console
	said   string // by it
	lines  []string
}

// The objects that a script makes or gets.
type (
	builder   struct{ strings.Builder }
	webClient struct{ header http.Header }
	headers   struct{ of *webClient }
	data      struct{ bytes string } // of a file, or an answer
	regKey    struct{ path string }
	encoding  struct{}
)

// follow goes through a script with variables that are set before it begins, and gives what
// it printed.
func (w *windows) follow(text string, given map[string]powershell.Value) string {
	w.lines, w.status, w.said, w.tls = nil, 0, "", 0
	text = strings.ReplaceAll(text, "    exit $code", "    Write-Output ('exit ' + $code)\r\n    exit $code")
	powershell.Follow(syntax.Parse(strings.ReplaceAll(text, "Write-Output", "Show-Line")), w, onePath{}, given)
	return strings.Join(w.lines, "\n")
}

// onePath is a state: all that the script asks is known, so that it has no ways to part.
type onePath struct{}

func (onePath) Clone() powershell.State                           { return onePath{} }
func (onePath) Join(powershell.State, place.Pos) powershell.State { return onePath{} }

func nothing() powershell.Value { return powershell.Value{Kind: powershell.Nothing} }

func text(v powershell.Value) string {
	s, _ := v.Text()
	return s
}

func (w *windows) Command(r *powershell.Run, c *powershell.Call) (powershell.Value, bool) {
	switch c.Name {
	case "show-line": // what the test writes in place of Write-Output
		if r.Mode() == powershell.Live {
			w.lines = append(w.lines, text(c.Args[0].Value))
		}
		return nothing(), true
	case "new-object":
	default:
		return powershell.Value{}, false
	}
	switch strings.ToLower(text(c.Args[0].Value)) {
	case "text.stringbuilder":
		return powershell.Thing(&builder{}), true
	case "net.webclient":
		return powershell.Thing(&webClient{http.Header{}}), true
	}
	return powershell.Value{}, true
}

func (w *windows) Static(_ *powershell.Run, typ, name string, _ place.Pos) (powershell.Value, bool) {
	switch typ + "::" + name {
	case "intptr::size":
		return powershell.NumberValue(8), true
	case "text.encoding::utf8":
		return powershell.Thing(encoding{}), true
	case "microsoft.win32.registry::localmachine":
		return powershell.Thing(regKey{"HKLM"}), true
	case "microsoft.win32.registry::currentuser":
		return powershell.Thing(regKey{"HKCU"}), true
	case "microsoft.win32.registry::users":
		return powershell.Thing(regKey{"HKU"}), true
	}
	return powershell.Value{}, true
}

func (w *windows) CallStatic(r *powershell.Run, typ, name string, args []powershell.Value, _ place.Pos) (powershell.Value, bool) {
	if r.Mode() != powershell.Live {
		return powershell.Value{}, true
	}
	arg := func(i int) string { return text(args[i]) }
	switch typ + "::" + name {
	case "io.path::combine":
		return powershell.TextValue(arg(0) + `\` + arg(1)), true
	case "io.path::getdirectoryname":
		return powershell.TextValue(arg(0)[:strings.LastIndex(arg(0), `\`)]), true
	case "io.path::ispathrooted", "io.directory::exists":
		return powershell.Truth(true), true
	case "io.file::exists":
		_, there := w.files[arg(0)]
		return powershell.Truth(there), true
	case "io.file::readalltext":
		return powershell.TextValue(w.files[arg(0)]), true
	case "io.file::readalllines":
		return lines(w.files[arg(0)]), true
	case "io.file::readallbytes":
		return powershell.Thing(data{w.files[arg(0)]}), true
	case "io.file::writealltext":
		b, _ := args[1].Object.(*builder)
		w.files[arg(0)] = b.String()
		return nothing(), true
	case "io.file::appendalltext":
		w.files[arg(0)] += arg(1)
		return nothing(), true
	case "io.file::delete":
		delete(w.files, arg(0))
		return nothing(), true
	case "io.file::move":
		w.files[arg(1)] = w.files[arg(0)]
		delete(w.files, arg(0))
		return nothing(), true
	case "enum::toobject":
		return args[1], true
	case "bitconverter::tostring":
		d, _ := args[0].Object.(data)
		return powershell.TextValue(strings.ToUpper(hex.EncodeToString([]byte(d.bytes)))), true
	case "guid::newguid":
		return powershell.TextValue("1"), true
	}
	return nothing(), true
}

func lines(s string) powershell.Value {
	v := powershell.Value{Kind: powershell.Array}
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\r\n"), "\r\n") {
		v.Items = append(v.Items, powershell.TextValue(line))
	}
	return v
}

func (w *windows) SetStatic(r *powershell.Run, typ, name string, v powershell.Value, _ place.Pos) bool {
	if r.Mode() == powershell.Live && typ+"::"+name == "net.servicepointmanager::securityprotocol" {
		w.tls, _ = v.Number()
	}
	return true
}

func (w *windows) Get(_ *powershell.Run, x powershell.Value, name string, _ place.Pos) (powershell.Value, bool) {
	if c, ok := x.Object.(*webClient); ok && name == "headers" {
		return powershell.Thing(headers{c}), true
	}
	return powershell.Value{}, true
}

func (w *windows) Method(r *powershell.Run, x powershell.Value, name string, args []powershell.Value, _ place.Pos) (powershell.Value, bool) {
	if r.Mode() != powershell.Live {
		return powershell.Value{Kind: powershell.Null}, true // so that a way that is not taken is short
	}
	switch of := x.Object.(type) {
	case *builder:
		if name == "append" {
			of.WriteString(text(args[0]))
		}
		return x, true
	case headers:
		of.of.header.Add(text(args[0]), text(args[1]))
		return nothing(), true
	case *webClient:
		return w.send(of, text(args[0]), text(args[1]), args[2]), true
	case encoding:
		d, _ := args[0].Object.(data)
		return powershell.TextValue(d.bytes), true
	case regKey:
		return w.registry(of.path, name, args), true
	}
	if n, ok := x.Number(); ok && x.Kind == powershell.Int && len(args) == 1 {
		return powershell.TextValue(strconv.FormatInt(n, 16)), true
	}
	return powershell.Value{}, true
}

// send sends what WebClient.UploadData would.
func (w *windows) send(c *webClient, url, method string, body powershell.Value) powershell.Value {
	d, _ := body.Object.(data)
	q, err := http.NewRequestWithContext(w.t.Context(), method, url, bytes.NewReader([]byte(d.bytes)))
	if err != nil {
		w.t.Fatal(err)
	}
	q.Header = c.header
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		w.t.Fatal(err)
	}
	defer a.Body.Close()
	said, err := io.ReadAll(a.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.status, w.said = a.StatusCode, string(said)
	return powershell.Thing(data{w.said})
}

// registry is what a key of the registry answers.
func (w *windows) registry(path, name string, args []powershell.Value) powershell.Value {
	list := powershell.Value{Kind: powershell.Array}
	switch name {
	case "opensubkey":
		path += `\` + text(args[0])
		for _, v := range w.values {
			if v.Key == path || strings.HasPrefix(v.Key, path+`\`) {
				return powershell.Thing(regKey{path})
			}
		}
		return powershell.Value{Kind: powershell.Null}
	case "getsubkeynames":
		seen := map[string]bool{}
		for _, v := range w.values {
			rest, below := strings.CutPrefix(v.Key, path+`\`)
			if sub, _, _ := strings.Cut(rest, `\`); below && !seen[sub] {
				seen[sub] = true
				list.Items = append(list.Items, powershell.TextValue(sub))
			}
		}
		return list
	case "getvaluenames":
		for _, v := range w.values {
			if v.Key == path && v.Type != "" {
				list.Items = append(list.Items, powershell.TextValue(v.Name))
			}
		}
		return list
	case "getvaluekind", "getvalue":
		for _, v := range w.values {
			if v.Key == path && v.Name == text(args[0]) {
				return kindOrValue(name, v)
			}
		}
	}
	return nothing()
}

func kindOrValue(name string, v host.Value) powershell.Value {
	kind, value := "String", powershell.TextValue(v.Text)
	switch v.Type {
	case host.DWORD:
		kind, value = "DWord", powershell.NumberValue(int64(v.Number))
	case host.Binary:
		kind, value = "Binary", powershell.Thing(data{string(v.Bytes)})
	case host.MultiSZ:
		kind, value = "MultiString", powershell.Value{Kind: powershell.Array}
		for _, s := range v.Strings {
			value.Items = append(value.Items, powershell.TextValue(s))
		}
	}
	if name == "getvaluekind" {
		return powershell.TextValue(kind)
	}
	return value
}

func (w *windows) Set(*powershell.Run, powershell.Value, string, powershell.Value, place.Pos) bool {
	return true
}

// Operate knows what values a type has.
func (w *windows) Operate(_ *powershell.Run, op string, a, b powershell.Value) (powershell.Value, bool) {
	typ, ok := b.Object.(syntax.Type)
	if !ok {
		return powershell.Truth((a.Object == nil) == (op == "ne")), true // of an object and $null
	}
	_, isData := a.Object.(data)
	is := map[string]bool{"int": a.Kind == powershell.Int, "string": a.Kind == powershell.String, "string[]": a.Kind == powershell.Array, "byte[]": isData}
	return powershell.Truth(is[strings.ToLower(typ.Name)]), true
}

func (w *windows) Cast(_ *powershell.Run, _ string, v powershell.Value) (powershell.Value, bool) {
	return v, true
}
func (w *windows) Assume(*powershell.Run, powershell.Cond, bool) {}

func (w *windows) Unclear(r *powershell.Run, at place.Pos, what string) {
	if r.Mode() == powershell.Live {
		w.t.Errorf("line %d: %q is not clear", at.Line, what)
	}
}

func (w *windows) Unparsed(_ *powershell.Run, at place.Pos, text string) {
	w.t.Errorf("line %d: %q does not fit the grammar", at.Line, text)
}
