package fleet

import (
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source"
)

// sniffAzure recognises guest configuration assignments and their reports.
func sniffAzure(head []byte) bool {
	text := headText(head)
	return isJSON(text) && (strings.Contains(strings.ToLower(text), "microsoft.guestconfiguration/") || holdsAll(text, `"complianceStatus"`, `"resources"`))
}

// readAzure reads reports of Machine Configuration (the REST type
// Microsoft.GuestConfiguration/guestConfigurationAssignments/reports): resources
// of the Registry kind, whose properties are those of the DSC resource. Each
// names one value; the rest of a machine's registry is not in such a report.
func readAzure(path string, data []byte, opt source.Options) ([]source.Host, error) {
	values, err := decodeJSON(path, data)
	if err != nil {
		return nil, err
	}
	a := azure{path: path}
	for _, v := range values {
		a.any(v)
	}
	if len(a.list) == 0 {
		return nil, message.Error("fleet.no-report").At(path)
	}
	return a.hosts("azure", path, opt), nil
}

type azure struct {
	machines
	path string
}

func (a *azure) any(v any) {
	for _, one := range asList(v) {
		a.any(one)
	}
	o := asObject(v)
	if list := asList(o["value"]); list != nil {
		a.any(list)
		return
	}
	properties := asObject(o["properties"])
	if properties == nil {
		return
	}
	m := a.get(vmName(o.text("id"), properties))
	for _, list := range []any{
		asObject(properties["details"])["resources"], properties["latestAssignmentReport"], properties["resources"],
	} {
		if report := asObject(list); report != nil {
			list = report["resources"]
		}
		for _, one := range asList(list) {
			a.resource(m, asObject(one))
		}
	}
}

// vmName is the machine that a report is of: the part of its id before the
// provider's own.
func vmName(id string, properties object) string {
	if vm := asObject(properties["vm"]); vm != nil {
		id = firstText(vm.text("id"), id)
	}
	low := strings.ToLower(id)
	for _, kind := range []string{"/machines/", "/virtualmachines/", "/virtualmachinescalesets/"} {
		if at := strings.Index(low, kind); at >= 0 {
			name, _, _ := strings.Cut(id[at+len(kind):], "/")
			return name
		}
	}
	return id
}

// resource takes a Registry resource: Key, ValueName, ValueType, ValueData and
// Ensure as they were found.
func (a *azure) resource(m *machine, r object) {
	p := asObject(r["properties"])
	key := normalKey(p.text("Key", "KeyPath"))
	if !strings.HasPrefix(key, "HK") {
		return
	}
	name, value := p.text("ValueName"), p.get("ValueData")
	absent := strings.EqualFold(p.text("Ensure"), "Absent")
	switch {
	case firstText(r.failure(), p.failure()) != "":
		m.say(lost, key)
		return
	case p.get("ValueName") == nil || value == nil && !absent:
		// The report does not say what was found: only Ensure tells an absent value.
		m.note("fleet.no-data", message.Str("key", key), message.Str("name", name))
		return
	}
	m.say(named, key, name)
	if absent {
		return
	}
	t := typeNamed(p.text("ValueType"))
	if t == "" {
		m.say(lost, key)
		return
	}
	if list := asList(value); len(list) == 1 && t != "REG_MULTI_SZ" {
		value = list[0] // the resource has a list for every type
	}
	d, err := fromAny(t, value)
	if err != nil {
		m.fail(message.At(a.path, message.Error("fleet.value", message.Str("key", key), message.Str("name", name), message.Cause("why", err)).At(m.id)))
		return
	}
	m.setOnce(key, name, d)
}
