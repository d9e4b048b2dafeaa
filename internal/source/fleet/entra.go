package fleet

import (
	"encoding/json"
	"regexp"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source"
)

// The check of Microsoft's page on Entra Connect gives objects with Path, Name and
// Value, printed as a table or a list, or written as JSON or CSV. "Not Found" says
// that a value could not be read: it is not there, or its key was denied.
// https://learn.microsoft.com/entra/identity/hybrid/connect/reference-connect-tls-enforcement

var entraRow = regexp.MustCompile(`^ *(HK\S.*?|\S.*(?:\.\.\.|…)) +(SystemDefaultTlsVersions|SchUseStrongCrypto|Enabled|DisabledByDefault) +(\S.*?) *$`)

func sniffEntra(head []byte) bool {
	text := headText(head)
	named := strings.Contains(text, ".NETFramework") || strings.Contains(text, "SCHANNEL")
	if !named || !strings.Contains(text, "HKLM:") {
		return false
	}
	if isJSON(text) {
		return holdsAll(text, `"Path"`, `"Name"`, `"Value"`) && !strings.Contains(text, `"tlsready`)
	}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, "\r")
		fields := strings.Fields(strings.NewReplacer(`"`, " ", ",", " ", ";", " ").Replace(line))
		if len(fields) == 3 && fields[0] == "Path" && fields[1] == "Name" && fields[2] == "Value" {
			return true
		}
		if m := listLine.FindStringSubmatch(line); m != nil && m[1] == "Path" && strings.HasPrefix(m[2], "HKLM:") {
			return true
		}
	}
	return false
}

func readEntra(path string, data []byte, opt source.Options) ([]source.Host, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, message.At(path, err)
	}
	var all machines
	m := all.get("")
	head := headText(data)
	switch {
	case isJSON(head):
		err = m.entraJSON(path, data)
	case strings.HasPrefix(strings.TrimPrefix(head, `"`), "Path") && strings.ContainsAny(strings.SplitN(head, "\n", 2)[0], ",;"):
		err = m.entraCSV(path, data)
	case strings.Contains(head, "Path  :"), strings.Contains(head, "Path :"):
		for _, o := range objectsOf(text) {
			m.entra(strings.Join(o.lines["path"], ""), o.one("Name"), o.one("Value"), true)
		}
	default:
		m.entraTable(text)
	}
	if err != nil {
		return nil, err
	}
	if m.batch.rows == 0 {
		return nil, message.Error("fleet.no-objects").At(path)
	}
	return all.hosts("entra", path, opt), nil
}

func (m *machine) entraJSON(path string, data []byte) error {
	values, err := decodeJSON(path, data)
	if err != nil {
		return err
	}
	for _, v := range values {
		for _, one := range listOf(v) {
			o := asObject(one)
			switch value := o.get("Value").(type) {
			case json.Number:
				m.entra(o.text("Path"), o.text("Name"), value.String(), false)
			case string:
				m.entra(o.text("Path"), o.text("Name"), value, false)
			default:
				m.entra(o.text("Path"), o.text("Name"), "", false)
			}
		}
	}
	return nil
}

func (m *machine) entraCSV(path string, data []byte) error {
	s, err := openSheet(path, data)
	if err != nil {
		return err
	}
	for {
		row, err := s.next()
		if err != nil || row == nil {
			return err
		}
		m.entra(cell(row, "path"), cell(row, "name"), cell(row, "value"), true)
	}
}

// entraTable takes the rows of the table. A last row without a line end may be half
// of one.
func (m *machine) entraTable(text string) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for _, line := range lines[:len(lines)-1] {
		if row := entraRow.FindStringSubmatch(line); row != nil {
			m.entra(row[1], row[2], row[3], true)
		} else if strings.Contains(line, "HKLM:") {
			m.entra("", "", "", true)
		}
	}
}

// entra takes one object; bare says that its type was lost.
func (m *machine) entra(path, name, value string, bare bool) {
	m.batch.rows++
	key := normalKey(strings.TrimSpace(path))
	switch {
	case !strings.HasPrefix(key, "HK") || name == "" || value == "" || isCutList(path):
		m.note("fleet.broken")
	case strings.EqualFold(value, "Not Found"):
		m.note("fleet.null", message.Str("word", "Not Found"))
	default:
		if bare {
			m.note("fleet.types")
		}
		m.setBare(key, name, value)
	}
}
