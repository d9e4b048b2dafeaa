package host

import (
	"bytes"
	"encoding/json"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tlsready/internal/message"
)

// MaxSnapshot is the largest snapshot, in bytes, that is read. A snapshot of all
// covered keys has some tens of kilobytes; one made from an export of a whole
// hive stays below this.
const MaxSnapshot = 64 << 20

// maxBuild bounds build, revision and service pack: they are 32-bit numbers in
// the registry, and all known ones have five digits.
const maxBuild = math.MaxInt32

// errUnknown is what a member function returns for a key that it does not know.
var errUnknown = message.Error("host.unknown-key")

// DecodeError names the place in a snapshot that is wrong. Line and Column count
// from 1, columns in characters; Path is like registry[3].value.
type DecodeError struct {
	Line, Column int
	Path         string
	What         message.Text // without the place
}

// Error is place and message in English.
func (e *DecodeError) Error() string { return message.English(e.Text()) }

// Text is place and message.
func (e *DecodeError) Text() message.Text {
	what := e.What
	if e.Path != "" {
		what = message.New("problem.at", message.Str("where", e.Path), message.Sub("what", what))
	}
	return message.AtPosition(e.Line, e.Column, what)
}

// Decode reads a snapshot strictly: an unknown key, a wrong type, a value that
// stands twice are a *DecodeError with the position. Keys are spelled as
// [NormalKey] does, and ControlSet00x becomes CurrentControlSet. An error of
// checkOS is given the position of the system; nil checks nothing.
func Decode(data []byte, checkOS func(OS) error) (*Snapshot, error) {
	if len(data) > MaxSnapshot {
		return nil, message.Error("host.size", message.Int("size", len(data)), message.Int("limit", MaxSnapshot))
	}
	s := &scanner{text: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))}
	if !utf8.Valid(s.text) {
		return nil, s.fail(invalidAt(s.text), "host.no-utf8")
	}
	d := decoder{scanner: s, checkOS: checkOS}
	if err := s.object(d.snapshot); err != nil {
		return nil, err
	}
	if s.peek() != 0 || s.at < len(s.text) {
		return nil, s.fail(s.at, "host.trailing")
	}
	if err := d.complete(); err != nil {
		return nil, err
	}
	return &d.out, nil
}

func invalidAt(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n < 2 {
			return i
		}
		i += n
	}
	return len(text)
}

type decoder struct {
	*scanner
	out               Snapshot
	hasVersion, hasOS bool
	hasBuild          bool
	osAt              int // offset of the os object
	coveredAt         int // offset of the keys that were looked through; 0: there are none
	checkOS           func(OS) error
	seen              map[string]bool
}

// complete checks what has to be there.
func (d *decoder) complete() error {
	switch {
	case d.out.Schema == "":
		return d.fail(0, "host.no-schema", message.Quote("want", Schema))
	case !d.hasOS:
		return d.fail(0, "host.no-os")
	case !d.hasVersion:
		return d.fail(d.osAt, "host.no-os-version")
	case !d.hasBuild:
		return d.fail(d.osAt, "host.no-os-build")
	case d.coveredAt > 0 && d.out.Registry == nil:
		// What stands under a covered key and not in the registry is absent: a list
		// that was lost would make everything so.
		return d.fail(d.coveredAt, "host.no-registry")
	}
	if d.checkOS != nil {
		if err := d.checkOS(d.out.OS); err != nil {
			return d.fail(d.osAt, "host.system", message.Cause("why", err))
		}
	}
	return nil
}

func (d *decoder) snapshot(key string) (err error) {
	at := d.at
	switch key {
	case "schema":
		if d.out.Schema, err = d.str("string"); err == nil && d.out.Schema != Schema {
			err = d.fail(at, "host.schema", message.Quote("found", shorten(d.out.Schema)), message.Quote("want", Schema))
		}
	case "name":
		d.out.Name, err = d.str("string")
	case "labels":
		d.out.Labels, err = d.strings(func(key string) string { return key })
	case "addresses":
		err = d.array(d.address)
	case "collectedAt":
		d.out.CollectedAt, err = d.time()
	case "source":
		d.out.Source, err = d.str("string")
	case "os":
		d.hasOS, d.osAt = true, at
		err = d.object(d.os)
	case "covered":
		d.out.Covered, err = d.lookedThrough(at)
	case "shallow":
		d.out.Shallow, err = d.lookedThrough(at)
	case "absent":
		d.coveredAt = max(d.coveredAt, at)
		err = d.array(d.absent)
	case "registry":
		d.out.Registry = []Value{}
		d.seen = map[string]bool{}
		err = d.array(d.value)
	case "updates":
		d.out.Updates = &Updates{IDs: []string{}}
		err = d.object(d.updates)
	case "files":
		d.out.Files, err = d.strings(strings.ToLower)
	case "certificates":
		d.out.Certificates = &Certificates{}
		err = d.object(d.certificates)
	case "programs":
		list := []Program{}
		err = d.array(func() error {
			p, err := d.program()
			list = append(list, p)
			return err
		})
		d.out.Programs = &list
	case "proxy":
		d.out.Proxy = &Proxy{MachineConfig: map[string]string{}}
		err = d.object(d.proxy)
	case "policies":
		err = d.array(d.policy)
	case "notes":
		err = d.array(func() error {
			s, err := d.note(1)
			d.out.Notes = append(d.out.Notes, s.Restore())
			return err
		})
	default:
		return errUnknown
	}
	return err
}

// address reads one IP address. A zone is of this machine alone and is left out.
func (d *decoder) address() error {
	at := d.at
	text, err := d.str("string")
	if err != nil {
		return err
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return d.fail(at, "host.address", message.Quote("found", shorten(text)))
	}
	d.out.Addresses = append(d.out.Addresses, a.Unmap().WithZone("").String())
	return nil
}

// lookedThrough reads a list of keys and notes its position, unless it is empty.
func (d *decoder) lookedThrough(at int) ([]string, error) {
	keys, err := d.list(d.coveredKey)
	if len(keys) > 0 {
		d.coveredAt = max(d.coveredAt, at)
	}
	return keys, err
}

func (d *decoder) strings(fold func(string) string) (map[string]string, error) {
	m := map[string]string{}
	err := d.object(func(key string) error {
		text, err := d.str("string")
		m[fold(key)] = text
		return err
	})
	return m, err
}

func (d *decoder) time() (time.Time, error) {
	at := d.at
	text, err := d.str("time")
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, text)
	if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, d.fail(at, "host.time", message.Quote("text", shorten(text)))
	}
	return t, nil
}

func (d *decoder) os(key string) (err error) {
	at, os := d.at, &d.out.OS
	switch key {
	case "name":
		os.Name, err = d.str("string")
	case "version":
		d.hasVersion = true
		if os.Version, err = d.str("string"); err == nil && !isVersion(os.Version) {
			err = d.fail(at, "host.version", message.Quote("text", shorten(os.Version)))
		}
	case "build":
		d.hasBuild = true
		if os.Build, err = d.number(maxBuild); err == nil && os.Build == 0 {
			err = d.fail(at, "host.build")
		}
	case "revision":
		os.Revision, err = d.number(maxBuild)
	case "servicePack":
		os.ServicePack, err = d.number(maxBuild)
	case "architecture":
		os.Architecture, err = d.oneOf("x86", "x64", "arm64")
	case "type":
		os.Type, err = d.oneOf("client", "server", "domain-controller")
	default:
		return errUnknown
	}
	return err
}

// isVersion says whether text is two numbers with a dot between them.
func isVersion(text string) bool {
	major, minor, ok := strings.Cut(text, ".")
	_, err1 := strconv.ParseUint(major, 10, 16)
	_, err2 := strconv.ParseUint(minor, 10, 16)
	return ok && err1 == nil && err2 == nil
}

func (d *decoder) oneOf(words ...string) (string, error) {
	at := d.at
	text, err := d.str("string")
	if err == nil && !slices.Contains(words, text) {
		err = d.fail(at, "host.choice", message.Quote("text", shorten(text)), message.List("known", words))
	}
	return text, err
}

func (d *decoder) coveredKey(text string, at int) (string, error) {
	key := CurrentControlSet(NormalKey(text))
	if !IsKey(key) {
		return "", d.fail(at, "host.key", message.Quote("text", shorten(text)))
	}
	return key, nil
}

// IsKey says whether a key, spelled as NormalKey does, is one: below a root of the
// registry, every part with a name. What is misspelled would be looked up by nobody
// and so taken for absent.
func IsKey(key string) bool {
	root, rest, below := strings.Cut(key, `\`)
	if !slices.ContainsFunc(roots[:], func(r [2]string) bool { return SameName(r[1], root) }) {
		return false
	}
	return !below || !slices.Contains(strings.Split(rest, `\`), "") && !strings.ContainsRune(rest, 0)
}

// absent reads a value that was asked for by name and is not there.
func (d *decoder) absent() error {
	start, e := d.at, rawEntry{}
	err := d.object(func(key string) error {
		if key != "key" && key != "name" {
			return errUnknown
		}
		return d.entryMember(&e, key)
	})
	switch {
	case err != nil:
		return err
	case !e.has[0] || !e.has[1]:
		return d.fail(start, "host.absent")
	}
	d.out.Absent = append(d.out.Absent, ValueName{Key: e.Key, Name: e.Name})
	return nil
}

// rawEntry is a registry value before its type is known; has counts which of
// its keys were there.
type rawEntry struct {
	Value
	raw   json.RawMessage
	rawAt int
	has   [4]bool
}

// entryKeys are the keys of a registry value; all have to be there.
var entryKeys = [...]string{"key", "name", "type", "value"}

func (d *decoder) value() error {
	start, e := d.at, rawEntry{}
	if err := d.object(func(key string) error { return d.entryMember(&e, key) }); err != nil {
		return err
	}
	for i, has := range e.has {
		if !has {
			return d.fail(start, "host.missing", message.Quote("key", entryKeys[i]))
		}
	}
	var err error
	if e.Data, err = d.data(e.Type, e.raw, e.rawAt); err != nil {
		return err
	}
	return d.add(e.Value, start)
}

func (d *decoder) entryMember(e *rawEntry, key string) (err error) {
	at, text := d.at, ""
	switch key {
	case "key":
		e.has[0] = true
		if text, err = d.str("string"); err == nil {
			e.Key, err = d.coveredKey(text, at)
		}
	case "name":
		e.has[1] = true
		e.Name, err = d.str("string")
	case "type":
		e.has[2] = true
		text, err = d.str("string")
		e.Type = Type(text)
	case "value":
		e.has[3], e.rawAt = true, at
		e.raw, err = d.raw()
	default:
		return errUnknown
	}
	return err
}

func (d *decoder) data(t Type, raw json.RawMessage, at int) (Data, error) {
	if !strings.HasPrefix(string(t), "REG_") {
		return Data{}, d.fail(at, "host.type", message.Quote("text", shorten(string(t))))
	}
	data, err := ParseData(t, raw)
	if err != nil || string(raw) == "null" {
		return Data{}, d.fail(at, "host.data", message.Str("text", shorten(string(raw))), message.Str("type", shorten(string(t))))
	}
	return data, nil
}

// add takes a value unless it stands in the snapshot already.
func (d *decoder) add(v Value, at int) error {
	id := ValueID(v.Key, v.Name)
	if d.seen[id] {
		return d.fail(at, "host.value-twice", message.Str("key", v.Key), message.Quote("name", v.Name))
	}
	d.seen[id] = true
	d.out.Registry = append(d.out.Registry, v)
	return nil
}

func (d *decoder) updates(key string) (err error) {
	switch key {
	case "complete":
		d.out.Updates.Complete, err = d.boolean()
	case "ids":
		d.out.Updates.IDs, err = d.list(func(text string, _ int) (string, error) { return strings.ToUpper(text), nil })
	default:
		return errUnknown
	}
	return err
}

func (d *decoder) certificates(key string) (err error) {
	switch key {
	case "root":
		d.out.Certificates.Root, err = d.list(d.thumbprint)
	case "intermediate":
		d.out.Certificates.Intermediate, err = d.list(d.thumbprint)
	default:
		return errUnknown
	}
	return err
}

func (d *decoder) proxy(key string) (err error) {
	if key != "machineConfig" {
		return errUnknown
	}
	d.out.Proxy.MachineConfig, err = d.strings(strings.ToLower)
	return err
}

// thumbprint is a SHA-1 in hex, as the registry names certificates.
func (d *decoder) thumbprint(text string, at int) (string, error) {
	low := strings.ToLower(text)
	if len(low) != 40 || strings.Trim(low, "0123456789abcdef") != "" {
		return "", d.fail(at, "host.thumbprint", message.Quote("text", shorten(text)))
	}
	return low, nil
}

func (d *decoder) program() (Program, error) {
	var p Program
	start := d.at
	err := d.object(func(key string) (err error) {
		switch key {
		case "name":
			p.Name, err = d.str("string")
		case "version":
			p.Version, err = d.str("string")
		default:
			return errUnknown
		}
		return err
	})
	if err == nil && p.Name == "" {
		err = d.fail(start, "host.no-name")
	}
	return p, err
}

// CurrentControlSet spells HKLM\SYSTEM\ControlSet00x as CurrentControlSet; other
// keys stay as they are.
func CurrentControlSet(key string) string {
	const prefix = `HKLM\SYSTEM\ControlSet`
	const digits = len("001")
	if len(key) < len(prefix)+digits || !SameName(key[:len(prefix)], prefix) {
		return key
	}
	number, rest := key[len(prefix):len(prefix)+digits], key[len(prefix)+digits:]
	if strings.Trim(number, "0123456789") != "" || (rest != "" && rest[0] != '\\') {
		return key
	}
	return `HKLM\SYSTEM\CurrentControlSet` + rest
}
