package intake

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/join"
	"tlsready/internal/source/list"
	"tlsready/internal/store"
)

// lineFile takes in a file if it is one of lines, and takes it out of the folder.
func (in *Intake) lineFile(ctx context.Context, at, name string) error {
	schema, err := schemaOf(at)
	if err != nil {
		return err
	}
	switch schema {
	case document.ResultSchema, document.EndpointSchema, document.ConnectionSchema:
	case document.CheckSchema:
		defer os.Remove(at)
		in.refuse(name, 0, message.Error("console.intake.check").Hinted("console.intake.hint.check"))
		return nil
	default:
		return nil
	}
	file, err := os.Open(at)
	if err != nil {
		return err
	}
	defer os.Remove(at)
	defer file.Close()
	before := in.doc.Hosts + in.doc.Endpoints + in.doc.Connections
	err = in.Lines(ctx, name, file)
	in.doc.Taken = append(in.doc.Taken, document.TakenFile{Name: name, Count: in.doc.Hosts + in.doc.Endpoints + in.doc.Connections - before})
	return err
}

// schemaOf is the schema of the first line of a file; "" for a file that is not one of
// lines.
func schemaOf(at string) (string, error) {
	file, err := os.Open(at)
	if err != nil {
		return "", err
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 64<<10)
	if mark, _ := in.Peek(3); string(mark) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	var head document.Line
	if json.NewDecoder(in).Decode(&head) != nil { // it is something else
		return "", nil
	}
	return head.Schema, nil
}

// hosts takes in what check reads.
func (in *Intake) hosts(ctx context.Context, f *Folder) error {
	if empty(f.dir) {
		return nil
	}
	opt := source.Options{
		Kinds: list.Kinds(), Join: join.Hosts,
		Warn: func(t message.Text) { in.refuse("", 0, &message.Problem{What: f.without(t)}) },
	}
	taken := document.TakenFile{}
	for h, err := range source.Read(ctx, []string{f.dir}, opt) {
		if err != nil {
			var p *message.Problem
			if !errors.As(err, &p) {
				return err
			}
			in.refuse("", 0, f.plain(err))
			continue
		}
		if f.own(h.ID) {
			h.ID = ""
		}
		if h.Err != nil {
			in.refuse(h.ID, 0, f.plain(h.Err))
			continue
		}
		f.forget(h.Snapshot)
		if h.ID = cmp.Or(h.ID, h.Snapshot.Name); noHost(h.ID) {
			in.refuse("", 0, nameless())
			continue
		}
		if err := in.host(ctx, h); err != nil {
			return err
		}
		if taken.Count++; len(taken.Hosts) < maxRefused {
			taken.Hosts = append(taken.Hosts, h.ID)
		}
	}
	if taken.Count > 0 {
		in.doc.Taken = append(in.doc.Taken, taken)
	}
	return nil
}

// One takes in the one host of a folder, under an id; "" for the name that it has. It gives
// the id under which it is.
func (in *Intake) One(ctx context.Context, f *Folder, id string) (string, error) {
	s, err := source.ReadOne(ctx, f.dir, source.Options{Kinds: list.Kinds(), Join: join.Hosts})
	if err != nil {
		return "", f.plain(err)
	}
	f.forget(s)
	if id == "" {
		id = s.Name
	}
	if noHost(id) {
		return "", nameless()
	}
	s.Name = cmp.Or(s.Name, path.Base(id))
	in.doc.Taken = append(in.doc.Taken, document.TakenFile{Hosts: []string{id}, Count: 1})
	return id, in.host(ctx, source.Host{ID: store.Text(id), Snapshot: s})
}

func empty(dir string) bool {
	found := false
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error { // what cannot be read is told by whoever reads it
		if err == nil && d.Type().IsRegular() {
			found = true
			return filepath.SkipAll
		}
		return nil
	})
	return !found
}

// plain is an error without the folder: whoever sent the files knows them by their names, and
// has neither a folder of the server's nor its command line.
func (f *Folder) plain(err error) error {
	p := &message.Problem{What: f.without(message.CauseOf(err)), Hint: message.HintOf(err), Err: err}
	switch p.Hint.ID {
	case "source.hint.empty-folder":
		p.What, p.Hint = message.New("console.intake.empty"), message.New("console.intake.hint.empty")
	case "gather.hint.os":
		p.Hint = message.New("console.intake.hint.os")
	}
	return p
}

func (f *Folder) without(t message.Text) message.Text { return t.Mapped(f.cut) }

func (f *Folder) cut(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, f.dir+string(filepath.Separator), ""), f.dir, "")
}

// nameless is why files are not taken that say nothing of whose they are.
func nameless() error {
	return message.Error("console.intake.no-name").Hinted("console.intake.hint.no-name")
}

// own says whether something is called after the folder, as hives are that lie in it.
func (f *Folder) own(name string) bool { return name == filepath.Base(f.dir) }

// forget takes the folder out of what a snapshot says of itself.
func (f *Folder) forget(s *host.Snapshot) {
	if f.own(s.Name) {
		s.Name = ""
	}
	s.Source = f.cut(s.Source)
	for i := range s.Notes {
		s.Notes[i] = f.without(s.Notes[i])
	}
}
