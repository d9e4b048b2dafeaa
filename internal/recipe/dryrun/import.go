package dryrun

import (
	"cmp"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/regtext"
	"tlsready/internal/script/batch"
)

// importing follows "reg import" and "regedit /s" of a file that lies beside the script. It gives
// false if the file is not there, lies elsewhere, or is not whole: then it may write anything.
func (c *regCall) importing(args []word, what string) bool {
	var file *word
	narrow := c.narrow
	for i := range args {
		switch strings.ToLower(args[i].text) {
		case "/s", "-s":
		case "/reg:32":
			narrow = true
		case "/reg:64":
			narrow = false
		default:
			if file != nil {
				return false
			}
			file = &args[i]
		}
	}
	name, beside := nameBeside(file)
	if !beside || c.beside == nil {
		return false
	}
	data, there := c.beside(name)
	if !there {
		return false
	}
	f, mistakes := regtext.ParseAll(data)
	if len(mistakes) > 0 {
		return false
	}
	if c.gone(what) {
		return true
	}
	defer func(before bool) { c.narrow = before }(c.narrow)
	c.narrow = narrow
	for _, e := range effectsOf(f) {
		e.at = c.at
		c.write(c.state, e)
	}
	return true
}

// nameBeside is the name of a file in the script's own folder.
func nameBeside(file *word) (name string, ok bool) {
	if file == nil {
		return "", false
	}
	name, inFolder := strings.CutPrefix(file.text, batch.Folder)
	if !inFolder && !file.known {
		return "", false
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, `.\`), `\`)
	return name, name != "" && name != "." && name != ".." && !strings.ContainsAny(name, `/\:`+batch.Unknown)
}

// effectsOf are what a .reg file does, in the order of its lines.
func effectsOf(f *regtext.File) []effect {
	type line struct {
		at int
		effect
	}
	var list []line
	for _, s := range f.Keys {
		if s.Delete {
			list = append(list, line{s.Line, effect{change: host.Change{Key: s.Key, Delete: true, Tree: true}, data: true}})
		}
	}
	for _, op := range f.Ops {
		list = append(list, line{op.Line, effect{change: host.Change{Key: op.Key, Name: op.Name, Data: op.Data, Delete: op.Delete}, data: true}})
	}
	slices.SortStableFunc(list, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	out := make([]effect, len(list))
	for i, l := range list {
		out[i] = l.effect
	}
	return out
}
