package source

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"tlsready/internal/hive"
	"tlsready/internal/host"
)

// maxHive bounds a hive file: SOFTWARE of a server that has been patched for ten
// years has 100 to 300 MB.
const maxHive = 1 << 30

// hiveKind reads offline hives: SYSTEM and SOFTWARE of one machine, or one of
// them, each with its logs.
func hiveKind() Kind {
	return Kind{Name: hiveName, Sniff: sniffHive, Limit: maxHive, Read: readHives}
}

func sniffHive(head []byte, name string) bool {
	return hive.Sniff(head) && !isLogName(name) && !(besideHives(name) && !isHiveName(name))
}

func readHives(in Input, opt Options) ([]Host, error) {
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
		if err := m.readSoftware(); err != nil {
			return nil, damaged(m.softwarePath, err)
		}
	}
	if m.software == nil && opt.OS == "" {
		opt.OS = m.hint()
	}
	s, err := m.snapshot("hive", in, opt)
	if err != nil {
		return nil, err
	}
	return one(in, s), nil
}

// damaged names the hive and, in the text of the cause, the offset.
func damaged(path string, err error) error {
	var damage *hive.DamageError
	if !errors.As(err, &damage) {
		return problem(path, err, "")
	}
	return problemf(path, "copy the hive again together with its .LOG files, or save it with: reg save HKLM\\SYSTEM FILE", "the hive is damaged or cut short: %w", err)
}

// machine is the hives of one machine and what was read from them.
type machine struct {
	gathered
	system, software         *hive.Hive
	systemPath, softwarePath string
	controlSet               string // "ControlSet001"
}

// open opens a hive with its logs and finds out which one it is.
func (m *machine) open(f File, all []File) error {
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
	_, isSoftware, err := h.Key(`Microsoft\Windows NT`)
	if err != nil {
		return damaged(f.Path, err)
	}
	switch {
	case isSystem && m.system == nil:
		m.system, m.systemPath = h, f.Path
	case isSoftware && !isSystem && m.software == nil:
		m.software, m.softwarePath = h, f.Path
	case isSystem || isSoftware:
		return problemf(f.Path, "give each machine its own folder", "the folder holds two hives of the same kind")
	default:
		return problemf(f.Path, "the hives that are read are SYSTEM and SOFTWARE", "this hive is neither SYSTEM nor SOFTWARE")
	}
	for _, w := range h.Warnings() {
		m.notes = append(m.notes, strings.ToUpper(hiveRole(isSystem))+": "+w)
	}
	return nil
}

func hiveRole(isSystem bool) string {
	if isSystem {
		return "system"
	}
	return "software"
}

const (
	currentControlSet = `HKLM\SYSTEM\CurrentControlSet\`
	softwareRoot      = `HKLM\SOFTWARE\`
)

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
		return errors.New(`Select\Current does not name a control set`)
	}
	m.controlSet = fmt.Sprintf("ControlSet%03d", current.Number)
	if _, ok, err := m.system.Key(m.controlSet); err != nil || !ok {
		return cmp.Or(err, fmt.Errorf(`%s, which Select\Current names, is not in the hive`, m.controlSet))
	}
	return m.readCovered(m.system, currentControlSet, m.controlSet+`\`)
}

// readSoftware reads settings, programs, updates and certificates.
func (m *machine) readSoftware() error {
	if err := m.readCovered(m.software, softwareRoot, ""); err != nil {
		return err
	}
	isUpdate := func(name string) bool {
		low := strings.ToLower(name)
		return strings.HasPrefix(low, "package_") && strings.Contains(low, "for_")
	}
	if err := m.readList(packagesKey, isUpdate, "CurrentState", "InstallLocation"); err != nil {
		return err
	}
	for _, key := range []string{uninstallKey, uninstallKey32} {
		if err := m.readList(key, nil, "DisplayName", "DisplayVersion", "SystemComponent", "ParentKeyName"); err != nil {
			return err
		}
	}
	for _, store := range append(rootStores(), intermediateStores()...) {
		if err := m.readList(store+certificatesKey, nil); err != nil {
			return err
		}
	}
	return nil
}

// readCovered reads the covered keys and the identity values below root, which
// stand in the hive below at.
func (m *machine) readCovered(h *hive.Hive, root, at string) error {
	for _, c := range coveredKeys() {
		rest, ok := strings.CutPrefix(c.Key, root)
		if !ok {
			continue
		}
		m.covered = append(m.covered, c.Key)
		k, ok, err := h.Key(at + rest)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := m.walk(k, c.Key, !c.Shallow); err != nil {
			return err
		}
	}
	for _, id := range identities() {
		rest, ok := strings.CutPrefix(id.Key, root)
		if !ok {
			continue
		}
		if err := m.readNamed(h, at+rest, id.Key, id.Names); err != nil {
			return err
		}
	}
	return nil
}

// walk takes the values of k, which is called key in the snapshot, and where
// deep of the keys below it. The hive bounds how deep they go.
func (m *machine) walk(k *hive.Key, key string, deep bool) error {
	m.keys = append(m.keys, key)
	list, err := k.Values()
	if err != nil {
		return err
	}
	for _, v := range list {
		m.values = append(m.values, host.Value{Key: key, Name: v.Name, Data: v.Data})
	}
	if !deep {
		return nil
	}
	below, err := k.Subkeys()
	if err != nil {
		return err
	}
	for _, sub := range below {
		if err := m.walk(sub, key+`\`+sub.Name(), true); err != nil {
			return err
		}
	}
	return nil
}

// readNamed takes the named values of one key.
func (m *machine) readNamed(h *hive.Hive, at, key string, names []string) error {
	k, ok, err := h.Key(at)
	if err != nil || !ok {
		return err
	}
	return m.named(k, key, names)
}

func (m *machine) named(k *hive.Key, key string, names []string) error {
	m.keys = append(m.keys, key)
	for _, name := range names {
		data, ok, err := k.Value(name)
		if err != nil {
			return err
		}
		if ok {
			m.values = append(m.values, host.Value{Key: key, Name: name, Data: data})
		}
	}
	return nil
}

// readList takes the named values of the keys directly below key in SOFTWARE.
func (m *machine) readList(key string, want func(name string) bool, names ...string) error {
	m.lists = append(m.lists, key)
	k, ok, err := m.software.Key(strings.TrimPrefix(key, softwareRoot))
	if err != nil || !ok {
		return err
	}
	m.keys = append(m.keys, key)
	below, err := k.Subkeys()
	if err != nil {
		return err
	}
	for _, sub := range below {
		if want != nil && !want(sub.Name()) {
			continue
		}
		if err := m.named(sub, key+`\`+sub.Name(), names); err != nil {
			return err
		}
	}
	return nil
}

// hint is the system that SYSTEM alone gives away: the build of the service pack
// (17514 is 7 SP1 and Server 2008 R2 SP1, 18005 Server 2008 SP2). Later systems
// have no service packs and say nothing.
func (m *machine) hint() string {
	values := newValues(m.values)
	pack, _ := values.number(windowsKey, "CSDVersion")
	build, _ := values.number(windowsKey, "CSDBuildNumber")
	server := productType(values) != "client"
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
	m.notes = append(m.notes, "there is no SOFTWARE hive; by its service pack the system is "+name)
	return name
}
