package fleet

import (
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source"
)

// sniffCMPivot recognises the CSV of a CMPivot query over Registry().
func sniffCMPivot(head []byte) bool {
	columns, _ := headerOf(headText(head))
	return hasColumn(columns, "device", "デバイス") && hasColumn(columns, "property", "プロパティ") && hasColumn(columns, "value", "値")
}

// readCMPivot reads the columns Device, Key, Property and Value. Key is there
// from version 2107 on; all values are text, lists joined with ", ".
func readCMPivot(path string, data []byte, opt source.Options) ([]source.Host, error) {
	s, err := openSheet(path, data)
	if err != nil {
		return nil, err
	}
	if !hasColumn(s.columns, "key", "キー") {
		return nil, message.Error("fleet.cmpivot-no-key").OnLine(1).At(path)
	}
	var all machines
	for {
		row, err := s.next()
		if err != nil {
			return nil, err
		}
		if row == nil {
			break
		}
		device := cell(row, "device", "デバイス")
		if device == "" {
			continue
		}
		all.get(device).pivot(row, s.half())
	}
	if len(all.list) == 0 {
		return nil, message.Error("fleet.no-rows").OnLine(1).At(path)
	}
	return all.hosts("cmpivot", path, opt), nil
}

// pivot takes a row; half says that it may be cut off within its last cell.
func (m *machine) pivot(row map[string]string, half bool) {
	key, name := normalKey(cell(row, "key", "キー")), cell(row, "property", "プロパティ")
	m.note("fleet.types")
	if !strings.HasPrefix(key, "HK") || name == "" {
		return // a key without values
	}
	name = defaultName(name)
	value := cell(row, "value", "値")
	if value == "" || half {
		m.say(lost, key)
		return
	}
	m.setBare(key, name, value)
}
