package fleet

import (
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/winver"
)

// sniffVelociraptor recognises rows of Velociraptor's registry accessor, as
// lines of JSON or a JSON list.
func sniffVelociraptor(head []byte) bool {
	text := headText(head)
	return isJSON(text) && (strings.Contains(text, `"OSPath"`) || holdsAll(text, `"FullPath"`, `"Data"`) || holdsAll(text, `"Asked"`, `"HK`))
}

// readVelociraptor reads rows of glob() or read_reg_key() with the registry
// accessor: OSPath (or FullPath), Data.type and Data.value, or Type and Value;
// a row with Asked names a key that was looked through, one with Build the
// system.
func readVelociraptor(path string, data []byte, opt source.Options) ([]source.Host, error) {
	records, err := decodeJSON(path, data)
	if err != nil {
		return nil, err
	}
	var all machines
	line := 0
	for _, record := range records {
		rows := asList(record)
		if rows == nil {
			rows = []any{record}
		}
		for _, row := range rows {
			line++
			if r := asObject(row); r != nil {
				m := all.get(r.text("Fqdn", "Hostname", "ClientId"))
				m.velociraptor(r, path, line)
			} else {
				all.broken = true
			}
		}
	}
	if len(all.list) == 0 {
		return nil, message.Error("fleet.velociraptor-no-rows").At(path)
	}
	return all.hosts("velociraptor", path, opt), nil
}

// rowProblem is what is wrong with a row, counted from 1.
func rowProblem(path string, row int, err error) error {
	return message.Error("fleet.row", message.Int("n", row), message.Cause("why", err)).At(path)
}

func (m *machine) velociraptor(r object, path string, row int) {
	if key := r.text("Asked"); key != "" {
		m.ask(normalKey(velociraptorPath(key)))
		return
	}
	m.row()
	if text := r.failure(); text != "" {
		m.fail(rowProblem(path, row, message.Error("fleet.query-failed", message.Str("said", clip(text)))))
		return
	}
	if build := r.text("Build", "BuildNumber"); build != "" {
		m.wmi(r)
		return
	}
	if kb := r.text("HotFixID"); kb != "" {
		m.update(kb)
		return
	}
	m.velociraptorValue(r, path, row)
}

func (m *machine) velociraptorValue(r object, path string, row int) {
	where := velociraptorPath(r.text("OSPath", "FullPath"))
	typeName, value := r.text("Type"), r.get("Value")
	if data := asObject(r.get("Data")); data != nil {
		typeName, value = data.text("type"), data.get("value")
	}
	t := typeNamed(typeName)
	key, name := lastPart(where)
	if name == "@" {
		name = ""
	}
	folded := normalKey(strings.ReplaceAll(key, `"`, ""))
	switch {
	case strings.EqualFold(typeName, "key"):
		return // the accessor shows a key as a folder
	case where == "":
		m.batch.broken = true
		return
	case t == "" || value == nil && t != host.None:
		m.say(lost, folded)
		return
	}
	d, err := fromAny(t, value)
	if err != nil {
		m.fail(rowProblem(path, row, message.At(where, err)))
		return
	}
	m.set(folded, name, d)
}

// velociraptorPath spells a path with backslashes, as older versions do not.
func velociraptorPath(path string) string {
	if !strings.Contains(path, `\`) {
		path = strings.ReplaceAll(path, "/", `\`)
	}
	return strings.TrimLeft(path, `\`)
}

// wmi takes a row of Win32_OperatingSystem, with what a query adds to it.
func (m *machine) wmi(r object) {
	m.stated(r.text("Version"))
	if build := winver.LeadingNumber(r.text("BuildNumber", "Build")); build > 0 {
		m.os.Build = build
	}
	if name := r.text("Caption", "Name"); name != "" {
		m.os.Name = name
	}
	if ubr := winver.LeadingNumber(r.text("UBR", "Revision")); ubr > 0 {
		m.os.Revision = ubr
	}
	if arch := r.text("OSArchitecture", "Architecture"); arch != "" {
		m.os.Architecture = arch
	}
	if product := winver.TypeByProduct(r.text("ProductType")); product != "" {
		m.os.Type = product
	}
	if pack := winver.LeadingNumber(r.text("ServicePackMajorVersion")); pack > 0 {
		m.os.ServicePack = pack
	}
	if name := r.text("CSName", "Computer"); name != "" {
		m.name = name
	}
}
