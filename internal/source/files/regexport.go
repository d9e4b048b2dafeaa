package files

import (
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regtext"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
)

// Export reads .reg exports: one file, or all files of a folder that is one host.
func Export() source.Kind {
	return source.Kind{Name: "reg", Sniff: sniffExport, Limit: regtext.MaxSize, Read: readExport, Extensions: []string{".reg"}, Together: exportFolder}
}

// exportFolder takes a folder below the start that holds .reg files and nothing
// else.
func exportFolder(f source.Folder) (together, rest []string) {
	other := func(name string) bool { return !source.HasSuffixFold(name, ".reg") }
	if f.Depth == 0 || len(f.Folders) > 0 || slices.ContainsFunc(f.Files, other) {
		return nil, f.Files
	}
	return f.Files, nil
}

func sniffExport(head []byte, name string) bool {
	text := strings.TrimLeft(source.HeadText(head), " \t\r\n")
	return source.HasSuffixFold(name, ".reg") || strings.HasPrefix(text, "Windows Registry Editor") || strings.HasPrefix(text, "REGEDIT4")
}

func readExport(in source.Input, opt source.Options) ([]source.Host, error) {
	e := export{Facts: gather.Facts{Whole: true}, at: map[string]place{}}
	for _, f := range in.Files {
		if err := e.add(f); err != nil {
			return nil, err
		}
	}
	e.currentControlSet()
	for _, p := range e.parts {
		e.cover(p)
	}
	for _, key := range opt.AddCovered(nil) { // before the lists are made, which need their keys whole
		e.Tree(key)
	}
	s, err := e.Snapshot("reg", in, opt)
	if err != nil {
		return nil, err
	}
	return source.One(in, s), nil
}

// export is what the files of one host say together.
type export struct {
	gather.Facts
	at    map[string]place // where a value stands, by its id
	parts []exported
}

// exported are the sections of one file.
type exported struct {
	keys []string
	cut  bool // the file does not end as an export ends
}

type place struct {
	index int // in values
	file  string
	line  int
}

// add takes one file.
func (e *export) add(f source.File) error {
	file, err := regtext.Parse(f.Data)
	if err != nil {
		return &message.Problem{Where: f.Path, Err: err, Hint: message.New("files.hint.export-again")}
	}
	var keys []string
	const hint = "files.hint.changes-settings"
	for _, section := range file.Keys {
		if section.Delete {
			return message.Error("files.deletes-key", message.Str("key", section.Key)).OnLine(section.Line).At(f.Path).Hinted(hint)
		}
		e.Keys = append(e.Keys, section.Key)
		keys = append(keys, section.Key)
	}
	e.parts = append(e.parts, exported{keys, file.Cut})
	if file.Cut {
		e.Note("regexport.cut", message.Str("file", f.Path))
	}
	for _, op := range file.Ops {
		if op.Line == file.HalfLine {
			continue // half a value may read as another one
		}
		if op.Delete {
			return message.Error("files.deletes-value", message.Int("line", op.Line), message.Int("column", op.Column), message.Quote("name", op.Name)).At(f.Path).Hinted(hint)
		}
		if err := e.set(f.Path, op); err != nil {
			return err
		}
	}
	return nil
}

// set takes a value. In one file the last one counts, as for regedit; two files
// that disagree are not one host.
func (e *export) set(file string, op regtext.Op) error {
	id := host.ValueID(op.Key, op.Name)
	had, ok := e.at[id]
	switch {
	case !ok:
		e.at[id] = place{len(e.Values), file, op.Line}
		e.Values = append(e.Values, host.Value{Key: op.Key, Name: op.Name, Data: op.Data})
	case had.file == file || e.Values[had.index].Data.Equal(op.Data):
		e.Values[had.index].Data = op.Data
	default:
		return message.Error("files.disagrees", message.Str("key", op.Key), message.Quote("name", op.Name), message.Str("file", had.file), message.Int("other", had.line)).OnLine(op.Line).At(file).Hinted("files.hint.one-host")
	}
	return nil
}

// currentControlSet spells the control set in use as CurrentControlSet and drops
// the others. Which of several is in use may not be known: then none counts.
func (e *export) currentControlSet() {
	set := gather.ControlSetOf(e.Keys, e.Values)
	if set.Second != "" {
		e.Note("files.two-control-sets", message.Str("first", set.First), message.Str("second", set.Second))
	}
	e.Keys = set.Keys(e.Keys)
	for i := range e.parts {
		e.parts[i].keys = set.Keys(e.parts[i].keys)
	}
	values, split := set.Values(e.Values)
	e.Values = values
	for _, key := range split {
		e.Lost(key)
		e.Note("files.split-control-set", message.Str("key", key))
	}
}

// cover notes the sections of a file as looked through with all below them. Of a
// file that was cut the key that the last section is of ends somewhere: of that one
// only the values of the sections before are all there.
func (e *export) cover(p exported) {
	last := ""
	if p.cut && len(p.keys) > 0 {
		last = p.keys[len(p.keys)-1]
	}
	for _, top := range gather.Topmost(p.keys) {
		if last == "" || !host.Under(last, top) {
			e.Tree(top)
			continue
		}
		for _, key := range p.keys {
			if host.Under(key, top) && !host.SameName(key, last) {
				e.Own(key)
			}
		}
	}
}
