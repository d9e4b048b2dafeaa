package view

import (
	"encoding/json"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// wowPart is what 32-bit programs see in place of SOFTWARE on 64-bit Windows
// ("Registry Redirector", learn.microsoft.com/windows/win32/winprog64).
const wowPart = `\Wow6432Node`

// Setting is a registry value that is read or written in one view or in both;
// people see the two as one.
type Setting struct {
	Key, Name string
	Value     string // what is written or was read, "" if there is none
	Before    string // what was there; "" if that is not known
	Absent    bool   // nothing stood there
	State     host.State
	Delete    bool
	Owner     string
	Policy    string // name of the group policy object, where it is known
	Citation  string
	Both      bool // 64-bit and 32-bit view
}

// merge puts the two views of one value together, in the order of first sight,
// and drops what stands there twice.
func merge(list []Setting) []Setting {
	type views struct {
		at       int
		seen     [2]bool // 64-bit, 32-bit
		original string
	}
	var out []Setting
	index := map[Setting]*views{}
	for _, s := range list {
		original, view := s.Key, 0
		key, wow := Narrow(s.Key)
		if s.Key = key; wow {
			view = 1
		}
		v := index[s]
		if v == nil {
			v = &views{at: len(out), original: original}
			index[s] = v
			out = append(out, s)
		}
		v.seen[view] = true
	}
	for _, v := range index {
		out[v.at].Both = v.seen[0] && v.seen[1]
		if !out[v.at].Both {
			out[v.at].Key = v.original
		}
	}
	return out
}

// Narrow gives the 64-bit spelling of a key, and whether it was the other one.
func Narrow(key string) (string, bool) {
	at := strings.Index(strings.ToLower(key), strings.ToLower(wowPart))
	if at < 0 {
		return key, false
	}
	return key[:at] + key[at+len(wowPart):], true
}

// ChangeSettings shows changes by value, both views of one as one.
func ChangeSettings(changes []document.Change) []Setting {
	list := make([]Setting, 0, len(changes))
	for i := range changes {
		c := &changes[i]
		s := Setting{Key: c.Key, Name: c.Name, Delete: c.Delete, Owner: c.Owner, Policy: c.Policy, Citation: c.Citation}
		if !c.Delete {
			s.Value = c.Data.Display()
		}
		if c.Before != nil {
			s.Before, s.Absent = c.Before.Data.Display(), c.Before.State == host.Absent
		}
		list = append(list, s)
	}
	return merge(list)
}

func evidenceSettings(evidence []document.Evidence) []Setting {
	list := make([]Setting, 0, len(evidence))
	for i := range evidence {
		e := &evidence[i]
		list = append(list, Setting{Key: e.Key, Name: e.Name, State: e.State, Value: e.Data.Display()})
	}
	return merge(list)
}

// DataText writes a value for a cell: a text as it is, a list as JSON.
func DataText(d host.Data) string {
	raw, err := d.JSON()
	if d.Type == "" || err != nil {
		return ""
	}
	return Compact(raw)
}

// Compact writes a JSON value for a cell: a string without its quotes.
func Compact(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
