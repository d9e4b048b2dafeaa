package source

import (
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/regtext"
)

const exportName = "reg"

// exportKind reads .reg exports: one file, or all files of a folder that is one
// host.
func exportKind() Kind {
	return Kind{Name: exportName, Sniff: sniffExport, Limit: regtext.MaxSize, Read: readExport}
}

func sniffExport(head []byte, name string) bool {
	text := strings.TrimLeft(headText(head), " \t\r\n")
	return hasSuffixFold(name, ".reg") || strings.HasPrefix(text, "Windows Registry Editor") || strings.HasPrefix(text, "REGEDIT4")
}

func readExport(in Input, opt Options) ([]Host, error) {
	e := export{gathered: gathered{whole: true}, at: map[string]place{}}
	for _, f := range in.Files {
		if err := e.add(f); err != nil {
			return nil, err
		}
	}
	if err := e.currentControlSet(in.Path); err != nil {
		return nil, err
	}
	e.covered = addCovered(append([]string{}, e.keys...), opt.Covered)
	s, err := e.snapshot("reg", in, opt)
	if err != nil {
		return nil, err
	}
	return one(in, s), nil
}

// export is what the files of one host say together.
type export struct {
	gathered
	at map[string]place // where a value stands, by its id
}

type place struct {
	index int // in values
	file  string
	line  int
}

// add takes one file.
func (e *export) add(f File) error {
	file, err := regtext.Parse(f.Data)
	if err != nil {
		return problem(f.Path, err, "export the key again with: reg export KEY FILE")
	}
	const hint = "this is a file that changes settings, not an export of them"
	for _, section := range file.Keys {
		if section.Delete {
			return problemf(f.Path, hint, "line %d: deletes the key %s", section.Line, section.Key)
		}
		e.keys = append(e.keys, section.Key)
	}
	for _, op := range file.Ops {
		if op.Delete {
			return problemf(f.Path, hint, "line %d, column %d: deletes the value %q", op.Line, op.Column, op.Name)
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
	id := valueID(op.Key, op.Name)
	had, ok := e.at[id]
	switch {
	case !ok:
		e.at[id] = place{len(e.values), file, op.Line}
		e.values = append(e.values, host.Value{Key: op.Key, Name: op.Name, Data: op.Data})
	case had.file == file || e.values[had.index].Data.Equal(op.Data):
		e.values[had.index].Data = op.Data
	default:
		return problemf(file, "a subfolder of .reg files is one host; give each host its own folder",
			"line %d: %s %q is not what %s says in line %d", op.Line, op.Key, op.Name, had.file, had.line)
	}
	return nil
}

// currentControlSet spells the control set in use as CurrentControlSet and drops
// the others.
func (e *export) currentControlSet(path string) error {
	current, err := e.currentNumber(path)
	if err != nil {
		return err
	}
	keep := func(key string) bool { n := controlSet(key); return n == 0 || n == current }
	e.keys = slices.DeleteFunc(e.keys, func(key string) bool { return !keep(key) })
	e.values = slices.DeleteFunc(e.values, func(v host.Value) bool { return !keep(v.Key) })
	for i := range e.keys {
		e.keys[i] = host.CurrentControlSet(e.keys[i])
	}
	for i := range e.values {
		e.values[i].Key = host.CurrentControlSet(e.values[i].Key)
	}
	return nil
}

// currentNumber is the number of the control set in use, 0 where the export has
// CurrentControlSet itself or none at all.
func (e *export) currentNumber(path string) (int, error) {
	if i := slices.IndexFunc(e.values, func(v host.Value) bool {
		return strings.EqualFold(v.Key, `HKLM\SYSTEM\Select`) && strings.EqualFold(v.Name, "Current")
	}); i >= 0 {
		return int(e.values[i].Number), nil
	}
	number, numberKey := 0, ""
	for _, key := range e.keys {
		if under(key, `HKLM\SYSTEM\CurrentControlSet`) {
			return 0, nil
		}
		n := controlSet(key)
		if n != 0 && number != 0 && n != number {
			return 0, problemf(path, `export HKLM\SYSTEM\CurrentControlSet instead, or HKLM\SYSTEM\Select too`,
				"there are two control sets (%s, %s), and Select does not say which one is in use", numberKey, key)
		}
		if n != 0 {
			number, numberKey = n, key
		}
	}
	return number, nil
}

// controlSet is the number in HKLM\SYSTEM\ControlSet00x\…, 0 for other keys.
func controlSet(key string) int {
	const prefix = `HKLM\SYSTEM\ControlSet`
	if host.CurrentControlSet(key) == key || under(key, `HKLM\SYSTEM\CurrentControlSet`) {
		return 0
	}
	n, _ := strconv.Atoi(key[len(prefix) : len(prefix)+3])
	return n
}
