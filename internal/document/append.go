package document

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"tlsready"
	"tlsready/internal/host"
)

// A run over a fleet writes each host as JSON once for every store and output, and
// encoding/json, which looks at every field by reflection and at what a MarshalJSON gives
// byte by byte, took a seventh of its time. What is written here is the same to the byte.

// AppendJSON appends the outcome as [json.Marshal] writes it, with html, or as an encoder
// does that leaves <, > and & as they are.
func (h *Host) AppendJSON(to []byte, html bool) []byte {
	w := jsonWriter{to, html}
	w.host(h)
	return w.to
}

// AppendJSON appends the row, in the same way.
func (v *Verdict) AppendJSON(to []byte, html bool) []byte {
	w := jsonWriter{to, html}
	w.verdict(v)
	return w.to
}

// AppendFix appends what a host needs as a list of two, as [json.Marshal] writes it.
func AppendFix(to []byte, changes []Change, before []Prerequisite) []byte {
	w := jsonWriter{to, true}
	listOf(&w, "[", changes, w.change)
	listOf(&w, ",", before, w.prerequisite)
	w.raw("]")
	return w.to
}

// jsonWriter appends JSON. Each name is written with what stands before it.
type jsonWriter struct {
	to   []byte
	html bool
}

func (w *jsonWriter) raw(s string) { w.to = append(w.to, s...) }

// text writes a name, and a text.
func (w *jsonWriter) text(name, s string) {
	w.raw(name)
	w.to = appendQuoted(w.to, s, w.html)
}

// some is text for a member that is left out if it is empty.
func (w *jsonWriter) some(name, s string) {
	if s != "" {
		w.text(name, s)
	}
}

// orNull is text for a member that may be null.
func (w *jsonWriter) orNull(name string, s *string) {
	if s == nil {
		w.raw(name)
		w.raw("null")
		return
	}
	w.text(name, *s)
}

func (w *jsonWriter) answer(name string, b *bool) {
	w.raw(name)
	switch {
	case b == nil:
		w.raw("null")
	case *b:
		w.raw("true")
	default:
		w.raw("false")
	}
}

// texts writes a name, and a list of texts.
func (w *jsonWriter) texts(name string, list []string) {
	listOf(w, name, list, func(s *string) { w.text("", *s) })
}

// someTexts is texts for a member that is left out if it is empty.
func (w *jsonWriter) someTexts(name string, list []string) {
	if len(list) > 0 {
		w.texts(name, list)
	}
}

// listOf writes a name, and a list of anything; one that is nil is null.
func listOf[T any](w *jsonWriter, name string, list []T, one func(*T)) {
	w.raw(name)
	if list == nil {
		w.raw("null")
		return
	}
	w.raw("[")
	for i := range list {
		if i > 0 {
			w.raw(",")
		}
		one(&list[i])
	}
	w.raw("]")
}

// someOf is listOf for a member that is left out if it is empty.
func someOf[T any](w *jsonWriter, name string, list []T, one func(*T)) {
	if len(list) > 0 {
		listOf(w, name, list, one)
	}
}

// rare writes what few hosts have, or only hosts that a store does not keep.
func (w *jsonWriter) rare(name string, v any) {
	w.raw(name)
	text, _ := json.Marshal(v) // plain values: no error
	if !w.html {
		text, _ = marshal(v)
	}
	w.to = append(w.to, text...)
}

func (w *jsonWriter) host(h *Host) {
	w.text(`{"host":`, h.Host)
	w.text(`,"service":`, h.Service)
	w.some(`,"folder":`, h.Folder)
	if len(h.Labels) > 0 {
		w.rare(`,"labels":`, h.Labels)
	}
	w.some(`,"source":`, h.Source)
	w.some(`,"file":`, h.File)
	if h.OS != nil {
		w.rare(`,"os":`, h.OS)
	}
	w.some(`,"program":`, h.Program)
	w.text(`,"verdict":`, h.Verdict)
	w.orNull(`,"cause":`, h.Cause)
	w.orNull(`,"failsFrom":`, h.FailsFrom)
	w.answer(`,"fixable":`, h.Fixable)
	w.text(`,"exposure":`, h.Exposure)
	w.some(`,"error":`, h.Error)
	w.some(`,"hint":`, h.Hint)
	listOf(w, `,"changes":`, h.Changes, w.change)
	listOf(w, `,"prerequisites":`, h.Prerequisites, w.prerequisite)
	w.text(`,"restart":`, h.Restart)
	listOf(w, `,"redundant":`, h.Redundant, w.change)
	someOf(w, `,"effects":`, h.Effects, w.effect)
	if len(h.Loses) > 0 {
		w.rare(`,"loses":`, h.Loses)
	}
	if h.Documented != nil {
		w.documented(h.Documented)
	}
	listOf(w, `,"warnings":`, h.Warnings, w.note)
	if len(h.NearMisses) > 0 {
		w.rare(`,"nearMisses":`, h.NearMisses)
	}
	w.raw("}")
}

func (w *jsonWriter) documented(d *Documented) {
	listOf(w, `,"documented":{"changes":`, d.Changes, w.change)
	w.someTexts(`,"updates":`, d.Updates)
	w.text(`,"verdict":`, d.Verdict)
	w.someTexts(`,"lacks":`, d.Lacks)
	w.raw("}")
}

func (w *jsonWriter) prerequisite(p *Prerequisite) {
	w.text(`{"kind":`, p.Kind)
	w.text(`,"id":`, p.ID)
	w.some(`,"or":`, p.Or)
	w.some(`,"text":`, p.Text)
	w.raw("}")
}

func (w *jsonWriter) effect(e *Effect) {
	w.text(`{"caller":`, e.Caller)
	w.text(`,"before":`, e.Before)
	w.text(`,"after":`, e.After)
	w.raw("}")
}

func (w *jsonWriter) note(n *Note) {
	w.text(`{"code":`, n.Code)
	w.text(`,"text":`, n.Text)
	w.raw("}")
}

func (w *jsonWriter) change(c *Change) {
	w.text(`{"key":`, c.Key)
	w.text(`,"name":`, c.Name)
	w.data(&c.Data)
	if c.Delete {
		w.raw(`,"delete":true`)
	}
	if c.WholeKey {
		w.raw(`,"wholeKey":true`)
	}
	if c.Before != nil {
		w.raw(`,"before":`)
		w.before(c.Before)
	}
	w.some(`,"owner":`, c.Owner)
	w.some(`,"policy":`, c.Policy)
	w.someTexts(`,"services":`, c.Services)
	w.some(`,"citation":`, c.Citation)
	w.raw("}")
}

func (w *jsonWriter) before(b *Before) {
	w.text(`{"state":`, string(b.State))
	w.data(&b.Data)
	w.raw("}")
}

// data writes the members "type" and "value". The value has been through [host.Data.JSON],
// which leaves no <, > and & in a text, whatever is around it.
func (w *jsonWriter) data(d *host.Data) {
	if d.Type == "" {
		return
	}
	w.text(`,"type":`, string(d.Type))
	w.raw(`,"value":`)
	switch d.Type {
	case host.DWORD:
		w.to = strconv.AppendUint(w.to, d.Number, 10)
	case host.SZ, host.ExpandSZ:
		w.to = appendQuoted(w.to, d.Text, true)
	case host.QWORD, host.MultiSZ:
		raw, _ := d.JSON() // a number and texts: no error
		w.to = append(w.to, raw...)
	default:
		w.raw(`"`)
		w.to = hex.AppendEncode(w.to, d.Bytes)
		w.raw(`"`)
	}
}

func (w *jsonWriter) verdict(v *Verdict) {
	w.text(`{"host":`, v.Host)
	w.text(`,"service":`, v.Service)
	w.text(`,"caller":`, v.Caller)
	w.text(`,"stack":`, v.Stack)
	w.text(`,"verdict":`, v.Verdict)
	w.orNull(`,"cause":`, v.Cause)
	w.orNull(`,"failsFrom":`, v.FailsFrom)
	w.raw(`,"offer":`)
	w.offer(v.Offer)
	w.raw(`,"accepts":`)
	w.acceptance(v.Accepts)
	listOf(w, `,"reasons":`, v.Reasons, w.reason)
	w.answer(`,"fixable":`, v.Fixable)
	listOf(w, `,"warnings":`, v.Warnings, w.note)
	w.someTexts(`,"programs":`, v.Programs)
	w.raw("}")
}

func (w *jsonWriter) offer(o *Offer) {
	if o == nil {
		w.raw("null")
		return
	}
	named(w, `{"versions":`, o.Versions)
	w.texts(`,"suites":`, o.Suites)
	w.texts(`,"groups":`, o.Groups)
	w.texts(`,"signatureAlgorithms":`, o.SignatureAlgorithms)
	if o.ServerName {
		w.raw(`,"serverName":true}`)
	} else {
		w.raw(`,"serverName":false}`)
	}
}

// named writes a name, and a list of what has a name.
func named[T interface{ String() string }](w *jsonWriter, name string, list []T) {
	listOf(w, name, list, func(v *T) { w.text("", (*v).String()) })
}

func (w *jsonWriter) acceptance(a *Acceptance) {
	if a == nil {
		w.raw("null")
		return
	}
	begun := len(w.to)
	axis(w, `,"versions":`, a.Versions)
	axis(w, `,"suites":`, a.Suites)
	axis(w, `,"groups":`, a.Groups)
	axis(w, `,"signatureAlgorithms":`, a.SignatureAlgorithms)
	if a.ServerCertificate != nil {
		w.rare(`,"serverCertificate":`, a.ServerCertificate)
	}
	if a.DHBits != 0 {
		w.raw(`,"dhBits":`)
		w.to = strconv.AppendInt(w.to, int64(a.DHBits), 10)
	}
	if len(w.to) == begun {
		w.raw("{")
	}
	w.to[begun] = '{' // in place of the first comma
	w.raw("}")
}

// axis writes a name, and what an axis takes; one that takes anything is left out.
func axis[T interface {
	comparable
	String() string
}](w *jsonWriter, name string, a tlsready.Axis[T]) {
	switch {
	case a.IsAny():
	case a.IsUnknown() || len(a.Open()) > 0:
		w.raw(name)
		w.raw("null")
	case len(a.List()) == 0:
		w.raw(name)
		w.raw("[]")
	default:
		named(w, name, a.List())
	}
}

func (w *jsonWriter) reason(r *Reason) {
	w.text(`{"rule":`, r.Rule)
	w.text(`,"text":`, r.Text)
	w.some(`,"basis":`, r.Basis)
	someOf(w, `,"evidence":`, r.Evidence, w.evidence)
	w.someTexts(`,"citations":`, r.Citations)
	w.raw("}")
}

func (w *jsonWriter) evidence(e *Evidence) {
	w.text(`{"key":`, e.Key)
	w.text(`,"name":`, e.Name)
	w.text(`,"state":`, string(e.State))
	w.data(&e.Data)
	w.raw("}")
}

// appendQuoted appends a text in quotes. What is more than a letter of ASCII with a
// backslash before it is left to encoding/json.
func appendQuoted(to []byte, s string, html bool) []byte {
	begun, done := len(to), 0
	to = append(to, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			to = append(append(to, s[done:i]...), '\\')
			done = i
		case c < ' ' || c >= utf8.RuneSelf || html && (c == '<' || c == '>' || c == '&'):
			return append(to[:begun], quoted(s, html)...)
		}
	}
	return append(append(to, s[done:]...), '"')
}

func quoted(s string, html bool) []byte {
	text, _ := json.Marshal(s) // a text: no error
	if !html {
		text, _ = marshal(s)
	}
	return text
}
