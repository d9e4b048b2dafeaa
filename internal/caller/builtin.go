package caller

import (
	"embed"

	"tlsready/internal/message"
	"tlsready/internal/strictyaml"
)

//go:embed data/*.yaml
var builtin embed.FS

func folder() strictyaml.Folder { return strictyaml.Folder{FS: builtin} }

// Programs lists the ids of the built-in programs, sorted. The generic callers
// (winhttp-x64, dotnet-4.5-x86, …) are not among them; see [stack.Generic].
func Programs() []string { return folder().IDs() }

// parsed are the built-in programs by id.
var parsed = strictyaml.Once(folder(), Parse)

// ByID gives a caller by its id: a built-in program, or a generic one spelled
// out ("dotnet-4.5.2-x64:tls1.0"). The result keeps the id as asked. All who ask for a
// program get the same one, which is not to be changed.
func ByID(id string) (*Caller, bool, error) {
	if read, ok := parsed[id]; ok {
		c, err := read()
		if err != nil {
			return nil, true, message.Error("caller.built-in", message.Str("id", id), message.Cause("why", err))
		}
		return c, true, nil
	}
	if id == "other" {
		return &Caller{ID: id, Name: map[string]string{"en": "a program with its own TLS", "ja": "独自の TLS を持つプログラム"}, OutOfScope: true}, true, nil
	}
	c, err := Of(id, id)
	if err != nil {
		return nil, false, nil
	}
	return c, true, nil
}

// Of makes a caller that uses stacks by their generic ids, on every system.
func Of(id string, stacks ...string) (*Caller, error) {
	c := &Caller{ID: id}
	for _, s := range stacks {
		c.Stacks = append(c.Stacks, Use{Stack: s})
	}
	return c, c.checkParts()
}

// Data is the file of a built-in program as it is written, in YAML; false if there is none with
// that id.
func Data(id string) ([]byte, bool) { return folder().Data(id) }

// At is the caller as a program with this full path, which per-program registry
// values go by.
func (c *Caller) At(exe string) *Caller {
	next := *c
	next.Exe = exe
	next.Stacks = append([]Use(nil), c.Stacks...)
	for i := range next.Stacks {
		next.Stacks[i].parsed.Exe, next.Stacks[i].without.Exe = exe, exe
	}
	return &next
}
