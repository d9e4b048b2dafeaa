package files

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsready/internal/hive"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/winver"
)

// maxHive bounds a hive file: SOFTWARE of a server that has been patched for ten
// years has 100 to 300 MB.
const maxHive = 1 << 30

// Hives reads offline hives: SYSTEM and SOFTWARE of one machine, or one of them,
// each with its logs.
func Hives() source.Kind {
	return source.Kind{
		Name: "hive", Sniff: sniffHive, Limit: maxHive, Read: readHives,
		Extensions: []string{".hive", ".hiv", ".dat", ".sav", ".save"},
		Together:   hiveFolder, Beside: logsBeside, Silent: isLogName,
	}
}

func sniffHive(head []byte, name string) bool {
	return hive.Sniff(head) && !isLogName(name) && !(besideHives(name) && !isHiveName(name))
}

func readHives(in source.Input, opt source.Options) ([]source.Host, error) {
	return HivesOf("hive", in, opt)
}

// HivesOf makes a host of hives, wherever they come from. The scheme says so in
// Snapshot.Source.
func HivesOf(scheme string, in source.Input, opt source.Options) ([]source.Host, error) {
	var m machine
	for _, f := range in.Files {
		if isLogName(f.Path) {
			continue
		}
		if err := m.open(f, in.Files); err != nil {
			return nil, err
		}
	}
	if m.system != nil {
		if err := m.readSystem(); err != nil {
			return nil, damaged(m.systemPath, err)
		}
	}
	if m.software != nil {
		if err := m.reading().Software(); err != nil {
			return nil, damaged(m.softwarePath, err)
		}
	}
	if m.software == nil && opt.OS == "" {
		opt.OS = m.hint()
	}
	m.doubt()
	s, err := m.Snapshot(scheme, in, opt)
	if err != nil {
		return nil, err
	}
	return source.One(in, s), nil
}

// doubt takes what a doubtful hive says out of what was read: settings may have been
// written that it lacks, and others taken back that it shows. Which system it is
// still stands there, since that does not change from one day to the next.
func (m *machine) doubt() {
	roots := map[string]*hive.Hive{gather.CurrentControlSet: m.system, gather.SoftwareRoot: m.software}
	for _, c := range gather.CoveredKeys() {
		for root, h := range roots {
			if h == nil || !h.Doubtful() || !host.Under(c.Key, strings.TrimSuffix(root, `\`)) {
				continue
			}
			m.Lost(c.Key)
			m.Values = slices.DeleteFunc(m.Values, func(v host.Value) bool {
				return host.Under(v.Key, c.Key) && !gather.Names(gather.Identities(), v.Key, v.Name)
			})
		}
	}
	if m.software != nil && m.software.Doubtful() {
		m.Lists = nil
	}
}

// damaged names the hive and, in the text of the cause, the offset.
func damaged(path string, err error) error {
	var damage *hive.DamageError
	if !errors.As(err, &damage) {
		return message.At(path, err)
	}
	return message.Error("files.hive-damaged", message.Cause("why", err)).At(path).Hinted("files.hint.hive-again")
}

// machine is the hives of one machine and what was read from them.
type machine struct {
	gather.Facts
	system, software         *hive.Hive
	systemPath, softwarePath string
	controlSet               string // "ControlSet001"
}

// open opens a hive with its logs and finds out which one it is.
func (m *machine) open(f source.File, all []source.File) error {
	var logs [][]byte
	for _, l := range all {
		if isLogName(l.Path) && strings.EqualFold(l.Path[:strings.LastIndexByte(l.Path, '.')], f.Path) {
			logs = append(logs, l.Data)
		}
	}
	h, err := hive.Open(f.Data, logs...)
	if err != nil {
		return damaged(f.Path, err)
	}
	_, isSystem, err := h.Key("Select")
	if err != nil {
		return damaged(f.Path, err)
	}
	isSoftware, err := hasBuild(h)
	if err != nil {
		return damaged(f.Path, err)
	}
	switch {
	case isSystem && m.system == nil:
		m.system, m.systemPath = h, f.Path
	case isSoftware && !isSystem && m.software == nil:
		m.software, m.softwarePath = h, f.Path
	case isSystem || isSoftware:
		return message.Error("files.hive-twice").At(f.Path).Hinted("files.hint.own-folder")
	default:
		return message.Error("files.hive-other").At(f.Path).Hinted("files.hint.hives-read")
	}
	for _, w := range h.Warnings() {
		m.Note("hives.note", message.Str("hive", hiveRole(isSystem)), message.Sub("note", w))
	}
	return nil
}

// hasBuild says whether a hive is SOFTWARE of a machine: it has a build. A user's
// own branch of that name has the same keys at its root, and so has a part of a hive.
func hasBuild(h *hive.Hive) (bool, error) {
	k, ok, err := h.Key(`Microsoft\Windows NT\CurrentVersion`)
	if err != nil || !ok {
		return false, err
	}
	for _, name := range []string{"CurrentBuild", "CurrentBuildNumber", "BuildLabEx", "BuildLab"} {
		if _, ok, err := k.Value(name); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func hiveRole(isSystem bool) string {
	if isSystem {
		return "SYSTEM"
	}
	return "SOFTWARE"
}

func (m *machine) reading() *gather.Reading {
	return &gather.Reading{Facts: &m.Facts, Tree: hiveTree{m}}
}

// hiveTree shows the hives of a machine as its running Windows would: the
// control set in use as CurrentControlSet.
type hiveTree struct{ *machine }

func (t hiveTree) Open(key string) (gather.Node, bool, error) {
	h, path := t.software, strings.TrimPrefix(key, gather.SoftwareRoot)
	if rest, ok := strings.CutPrefix(key, gather.CurrentControlSet); ok {
		h, path = t.system, t.controlSet+`\`+rest
	}
	k, ok, err := h.Key("")
	for part := range strings.SplitSeq(path, `\`) {
		if err != nil || !ok {
			return nil, false, err
		}
		if k.Link() {
			return nil, false, linkError(key)
		}
		k, ok, err = k.Subkey(part)
	}
	return hiveNode{k}, ok, err
}

// linkError says that a key stands for another one, which is not looked up: it may
// lie in another hive. It counts as one that may not be read.
func linkError(key string) error {
	return fmt.Errorf("%s is a symbolic link: %w", key, registry.ErrDenied)
}

// hiveNode is a key of a hive; the hive bounds how deep keys go.
type hiveNode struct{ *hive.Key }

func (n hiveNode) Value(name string) (host.Data, bool, error) {
	if n.Link() {
		return host.Data{}, false, linkError(n.Name())
	}
	return n.Key.Value(name)
}

func (n hiveNode) Values(key string) ([]host.Value, error) {
	if n.Link() {
		return nil, linkError(key)
	}
	list, err := n.Key.Values()
	found := make([]host.Value, len(list))
	for i, v := range list {
		found[i] = host.Value{Key: key, Name: v.Name, Data: v.Data}
	}
	return found, err
}

func (n hiveNode) Subkeys() ([]gather.Node, error) {
	if n.Link() {
		return nil, linkError(n.Name())
	}
	list, err := n.Key.Subkeys()
	found := make([]gather.Node, len(list))
	for i, k := range list {
		found[i] = hiveNode{k}
	}
	return found, err
}

// readSystem reads the control set in use.
func (m *machine) readSystem() error {
	selectKey, ok, err := m.system.Key("Select")
	if err != nil || !ok {
		return err
	}
	current, ok, err := selectKey.Value("Current")
	if err != nil {
		return err
	}
	if !ok || current.Type != host.DWORD || current.Number == 0 || current.Number > 999 {
		return message.Error("files.no-control-set")
	}
	m.controlSet = fmt.Sprintf("ControlSet%03d", current.Number)
	// Every Windows has Control: without it the hive is a part of one.
	for _, path := range []string{m.controlSet, m.controlSet + `\Control`} {
		if _, ok, err := m.system.Key(path); err != nil || !ok {
			return cmp.Or[error](err, message.Error("files.control-set-missing", message.Str("name", path)))
		}
	}
	return m.reading().System()
}

// hint is the system that SYSTEM alone gives away: the build of the service pack
// (17514 is 7 SP1 and Server 2008 R2 SP1, 18005 Server 2008 SP2). Later systems
// have no service packs and say nothing.
func (m *machine) hint() string {
	values := gather.NewValues(m.Values)
	pack, _ := values.Number(gather.WindowsKey, "CSDVersion")
	build, _ := values.Number(gather.WindowsKey, "CSDBuildNumber")
	server := winver.TypeByProduct(values.Text(gather.ProductOptionsKey, "ProductType")) != "client"
	name := ""
	switch {
	case pack == 0x100 && build == 17514 && server:
		name = "Windows Server 2008 R2"
	case pack == 0x100 && build == 17514:
		name = "Windows 7"
	case pack == 0x200 && build == 18005 && server:
		name = "Windows Server 2008"
	case pack == 0x200 && build == 18005:
		name = "Windows Vista"
	default:
		return ""
	}
	m.Note("hives.by-pack", message.Str("name", name))
	return name
}
