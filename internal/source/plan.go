package source

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/userfile"
)

// plan is the list of what will be read, made from names and first bytes alone.
type plan struct {
	head    []byte // room for the beginning of a file
	ctx     context.Context
	opt     Options
	kinds   []Kind
	items   []item
	total   int      // hosts to come: items with different ids
	skipped []string // files in folders that no kind recognises
}

// item is one host to come, or one row of a list that has been read.
type item struct {
	id    string
	path  string   // file or folder
	kind  int      // index in plan.kinds
	files []string // what to read
	via   *Scheme  // how to reach the machine that path names; nil for files
	found *Host    // already read: a row, or an error
	name  string   // of a row: the computer's name as the list gives it
	saved bool     // what an earlier run saved
	scope string   // of a row: the folder whose hosts the list may be about
}

// newPlan looks through the sources.
func newPlan(ctx context.Context, args []string, opt Options) (*plan, error) {
	p := &plan{ctx: ctx, opt: opt, kinds: opt.Kinds}
	if len(args) == 0 {
		return nil, &message.Problem{What: message.New("source.none"), Hint: message.New("source.hint.none")}
	}
	for _, arg := range args {
		if err := p.source(arg); err != nil {
			return nil, err
		}
	}
	p.warnSkipped()
	if opt.Join != nil {
		p.joinByName()
	}
	slices.SortStableFunc(p.items, func(a, b item) int {
		return cmp.Or(cmp.Compare(fold(a.id), fold(b.id)), cmp.Compare(a.path, b.path))
	})
	p.choose()
	for _, it := range p.items {
		if it.via != nil && it.via.Expect != nil {
			it.via.Expect(it.path)
		}
	}
	for range p.groups() {
		p.total++
	}
	return p, nil
}

// choose drops sources that were named twice and hosts that are not wanted, and
// takes what an earlier run saved in place of the source.
func (p *plan) choose() {
	p.items = slices.CompactFunc(p.items, func(a, b item) bool {
		return a.path == b.path && fold(a.id) == fold(b.id) && a.found == nil && b.found == nil
	})
	kept := make([]item, 0, len(p.items))
	for _, group := range p.groups() {
		id := group[0].id
		if p.opt.Skip != nil && p.opt.Skip(id) {
			continue
		}
		if p.opt.Saved != nil {
			if path := p.opt.Saved(id); path != "" {
				group = []item{p.saved(id, path)}
			}
		}
		kept = append(kept, group...)
	}
	p.items = kept
}

// saved is the snapshot that an earlier run wrote of a host.
func (p *plan) saved(id, path string) item {
	return item{id: id, path: path, files: []string{path}, kind: p.kindIndex(Snapshot), saved: true}
}

// kindIndex finds a kind, which the list has to hold.
func (p *plan) kindIndex(name string) int {
	i := slices.IndexFunc(p.kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		panic("source: the list of kinds lacks " + name)
	}
	return i
}

// fold makes ids comparable: Windows names have no case.
func fold(id string) string { return strings.ToLower(id) }

// source adds one argument.
func (p *plan) source(arg string) error {
	if arg == "-" {
		return p.standardInput()
	}
	if scheme, ok := p.opt.scheme(arg); ok {
		id, err := scheme.ID(arg)
		p.items = append(p.items, item{id: id, path: arg, via: &scheme})
		return err
	}
	info, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &message.Problem{Where: arg, What: message.New("source.not-exist"), Hint: message.New("source.hint.not-exist"), Err: err}
	case err != nil:
		return Cannot(arg, err)
	case info.IsDir():
		return p.folderSource(arg)
	}
	return p.fileSource(arg)
}

// standardInput reads the one snapshot on stdin.
func (p *plan) standardInput() error {
	if p.opt.Stdin == nil {
		return &message.Problem{Where: "-", What: message.New("source.no-stdin"), Hint: message.New("source.hint.no-stdin")}
	}
	data, err := io.ReadAll(io.LimitReader(p.opt.Stdin, host.MaxSnapshot+1))
	if err != nil {
		return message.Error("source.stdin", message.Cause("why", err)).At("-")
	}
	kind := p.kinds[p.kindIndex(Snapshot)]
	h := Host{ID: "stdin", Path: "-"}
	found, err := kind.Read(Input{Path: "-", ID: h.ID, Files: []File{{"-", data}}}, p.opt)
	if err != nil {
		h.Err = err
	} else {
		h.Snapshot = found[0].Snapshot
		h.Snapshot.Covered = p.opt.AddCovered(h.Snapshot.Covered)
		h.ID = cmp.Or(h.Snapshot.Name, h.ID)
	}
	p.items = append(p.items, item{id: h.ID, path: "-", found: &h})
	return nil
}

// fileSource adds a file that was named itself, so it has to be recognised.
func (p *plan) fileSource(path string) error {
	kind, err := p.recognise(path)
	if err != nil {
		return Cannot(path, err)
	}
	if kind < 0 {
		return &message.Problem{Where: path, What: message.New("source.unknown-file"), Hint: message.New("source.hint.unknown-file")}
	}
	it := item{id: p.stem(filepath.Base(path)), path: path, kind: kind, files: []string{path}}
	if p.kinds[kind].Many {
		return p.list(it, "") // the hosts are what is below this source
	}
	return p.add(it)
}

// recognise returns the index of the file's kind, or -1.
func (p *plan) recognise(path string) (int, error) {
	f, err := userfile.Open(path)
	if err != nil {
		return -1, err
	}
	defer f.Close()
	if p.head == nil {
		p.head = make([]byte, HeadLength)
	}
	n, err := io.ReadFull(f, p.head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return -1, err
	}
	return Recognise(p.kinds, p.head[:n], filepath.Base(path)), nil
}

// add takes an item of one host.
func (p *plan) add(it item) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if beside := p.kinds[it.kind].Beside; beside != nil {
		it.files = append(it.files, beside(it.path)...)
	}
	p.items = append(p.items, it)
	return nil
}

// list reads a file of many hosts, whose ids begin with prefix.
func (p *plan) list(it item, prefix string) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	hosts, err := p.readKind(it, p.opt)
	if err != nil {
		p.fail(it.id, it.path, err)
		return nil
	}
	for _, h := range hosts {
		id := it.id // of the one host of a file that does not name it
		if h.ID != "" {
			id = strings.TrimPrefix(prefix+"/"+h.ID, "/")
		}
		h.ID, h.Path = id, it.path
		row := item{id: id, path: it.path, found: &h, name: path.Base(id), scope: folderOf(prefix)}
		if h.Snapshot != nil {
			row.name = cmp.Or(h.Snapshot.Name, row.name)
		}
		p.items = append(p.items, row)
	}
	return nil
}

// fail adds a host that cannot be read.
func (p *plan) fail(id, path string, err error) {
	p.items = append(p.items, item{id: id, path: path, found: &Host{ID: id, Path: path, Err: err}})
}

// groups yields the items that have one id together.
func (p *plan) groups() iter.Seq2[int, []item] {
	return func(yield func(int, []item) bool) {
		n := 0
		for i := 0; i < len(p.items); n++ {
			j := i + 1
			for j < len(p.items) && fold(p.items[j].id) == fold(p.items[i].id) {
				j++
			}
			if !yield(n, p.items[i:j]) {
				return
			}
			i = j
		}
	}
}

// progress tells how far the reading is.
func (p *plan) progress(done int) {
	if p.opt.Progress != nil {
		p.opt.Progress(done, p.total)
	}
}

// next reads the host of a group; false: the end of the run came first. Then
// nothing more is begun, and what had been read ahead is handed over.
func (p *plan) next(group []item) (Host, bool) {
	if p.ctx.Err() == nil {
		h := p.read(group)
		return h, h.Err == nil || p.ctx.Err() == nil
	}
	it := group[0]
	if len(group) > 1 || it.via == nil || it.via.Left == nil {
		return Host{}, false
	}
	s, ok := it.via.Left(it.path)
	if !ok {
		return Host{}, false
	}
	s.Covered = p.opt.AddCovered(s.Covered)
	return Host{ID: it.id, Path: it.path, Snapshot: s}, true
}

// read reads the host of a group. What several files say of it is joined.
func (p *plan) read(group []item) Host {
	h := p.readGroup(group)
	if s := h.Snapshot; s != nil && s.OS.Build == 0 && !slices.ContainsFunc(group, func(it item) bool { return !it.isRow() }) {
		if s.Policies != nil {
			return Host{ID: h.ID, Path: h.Path, Err: message.Error("source.policies-only").At(h.Path).Hinted("source.hint.policies-only")}
		}
		return Host{ID: h.ID, Path: h.Path, Err: message.Error("source.expected").At(h.Path).Hinted("source.hint.expected")}
	}
	if h.Snapshot != nil {
		for _, note := range h.Snapshot.Notes {
			p.opt.warn("problem.at", message.Str("where", h.Path), message.Sub("what", note))
		}
	}
	return h
}

func (p *plan) readGroup(group []item) Host {
	if len(group) == 1 {
		return p.readItem(group[0], p.opt)
	}
	if p.opt.Join != nil {
		return p.opt.Join(p.readAll(group))
	}
	return p.newest(group)
}

// readAll reads every item of a group, rows first: an export that does not say what
// system it is from has it from a list.
func (p *plan) readAll(group []item) []Host {
	list := make([]Host, len(group))
	opt := p.opt
	for _, rows := range []bool{true, false} {
		for i, it := range group {
			if (it.found != nil) != rows {
				continue
			}
			list[i] = p.readItem(it, opt)
			list[i].ID = it.id
			if s := list[i].Snapshot; rows && opt.OS == "" && s != nil && s.OS.Build != 0 {
				opt.OS = s.OS.Version + "." + strconv.Itoa(s.OS.Build)
			}
		}
	}
	return list
}

// newest reads a group of which one item counts.
func (p *plan) newest(group []item) Host {
	best := p.readItem(group[0], p.opt)
	for _, it := range group[1:] {
		if h := p.readItem(it, p.opt); newer(h, best) {
			best = h
		}
	}
	p.opt.warn("source.several-files", message.Str("host", best.ID), message.List("files", paths(group)), message.Str("newest", best.Path))
	return best
}

func paths(group []item) []string {
	list := make([]string, len(group))
	for i, it := range group {
		list[i] = it.path
	}
	return list
}

// newer says whether h takes the place of best.
func newer(h, best Host) bool {
	if h.Err != nil || best.Err != nil {
		return h.Err == nil && best.Err != nil
	}
	return h.Snapshot.CollectedAt.After(best.Snapshot.CollectedAt)
}

func (p *plan) readItem(it item, opt Options) Host {
	if it.found != nil {
		return *it.found
	}
	h := Host{ID: it.id, Path: it.path, Saved: it.saved}
	var found []Host
	var err error
	if it.via != nil {
		var s *host.Snapshot
		s, err = it.via.Read(p.ctx, it.path, opt)
		found = []Host{{Snapshot: s}}
	} else {
		found, err = p.readKind(it, opt)
	}
	switch {
	case err != nil:
		h.Err = err
	case len(found) != 1:
		h.Err = message.Error("source.hosts-expected", message.Int("n", len(found))).At(it.path)
	default:
		h.Snapshot, h.Err = found[0].Snapshot, found[0].Err
	}
	if h.Snapshot != nil {
		h.Snapshot.Covered = p.opt.AddCovered(h.Snapshot.Covered)
	}
	return h
}

// readKind reads the files of an item and lets its kind make hosts of them.
func (p *plan) readKind(it item, opt Options) ([]Host, error) {
	kind := p.kinds[it.kind]
	in := Input{Path: it.path, ID: filepath.Base(filepath.FromSlash(it.id))}
	if kind.ReadPath != nil {
		return kind.ReadPath(p.ctx, in, opt)
	}
	for _, path := range it.files {
		data, err := readFile(path, kind.Limit)
		if err != nil {
			return nil, err
		}
		in.Files = append(in.Files, File{path, data})
	}
	return kind.Read(in, opt)
}

// maxNamed is how many passed-over files are named in the warning.
const maxNamed = 3

func (p *plan) warnSkipped() {
	if len(p.skipped) == 0 {
		return
	}
	named, id := p.skipped, "source.skipped"
	if len(named) > maxNamed {
		named, id = named[:maxNamed], "source.skipped-more"
	}
	p.opt.warn(id, message.Int("n", len(p.skipped)), message.List("files", named))
}
