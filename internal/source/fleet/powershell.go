package fleet

import (
	"strings"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/source"
)

// sniffPowerShell recognises JSON of the snippet in docs/sources, and that of
// Get-ItemProperty.
func sniffPowerShell(head []byte) bool {
	text := headText(head)
	if !isJSON(text) {
		return false
	}
	for _, words := range [][]string{
		{`"tlsready"`, `"powershell/`},
		{`"PSPath"`},
		// A hashtable has no order: any member of the snippet's object may be the first.
		{`"asked"`, `HKLM:\\`},
		{`"values"`, `"key"`, `"type"`, `HKEY_LOCAL_MACHINE`},
		{`"hotfixes"`, `"KB`},
	} {
		if holdsAll(text, words...) {
			return true
		}
	}
	return false
}

// readPowerShell reads the snippet's object, a list of them, or what
// Get-ItemProperty gives.
func readPowerShell(path string, data []byte, opt source.Options) ([]source.Host, error) {
	values, err := decodeJSON(path, data)
	if err != nil {
		return nil, err
	}
	return fromPowerShell("powershell", path, values, opt)
}

// fromPowerShell takes objects as JSON or Clixml hold them.
func fromPowerShell(kind, path string, values []any, opt source.Options) ([]source.Host, error) {
	var all machines
	n := 0
	var take func(v any)
	take = func(v any) {
		for _, one := range asList(v) {
			take(one)
		}
		if o := asObject(v); o != nil {
			n++
			m := all.get(o.text("computer", "PSComputerName", "CSName"))
			if err := m.powershell(o, path); err != nil {
				m.fail(message.Error("fleet.object", message.Int("n", n), message.Cause("why", err)).At(path))
			}
		}
	}
	for _, v := range values {
		take(v)
	}
	if n == 0 {
		return nil, message.Error("fleet.no-objects").At(path)
	}
	return all.hosts(kind, path, opt), nil
}

func (m *machine) powershell(o object, path string) error {
	switch {
	case o.has("HealthCheckerExchangeServer"):
		return m.healthChecker(o, path)
	case strings.HasPrefix(o.text("tlsready"), "powershell/"):
		return m.snippet(o)
	case o.get("PSPath") != nil:
		return m.itemProperty(o)
	case o.failure() != "":
		return message.Error("fleet.is-error", message.Str("said", clip(o.failure())))
	case o.get("HotFixID") != nil:
		m.update(o.text("HotFixID"))
	case o.get("BuildNumber", "OsBuildNumber") != nil:
		m.wmi(o)
	}
	return nil
}

// snippet takes the object that the snippet in docs/sources writes.
func (m *machine) snippet(o object) error {
	if o.text("tlsready") != "powershell/v1" {
		return message.Error("fleet.powershell-format", message.Quote("format", clip(o.text("tlsready"))))
	}
	if at, err := time.Parse(time.RFC3339, o.text("collectedAt")); err == nil {
		if at.Before(m.collected) {
			return nil // the list holds a newer one of this machine
		}
		m.collected = at.UTC()
	}
	m.renew("snippet")
	if text := o.failure(); text != "" {
		return message.Error("fleet.script-failed", message.Str("said", clip(text)))
	}
	if o.get("asked") != nil && o.get("values") == nil {
		return message.Error("fleet.no-values")
	}
	if os := asObject(o.get("os")); os != nil {
		m.wmi(os)
	}
	for _, key := range listOf(o.get("asked")) {
		if text, ok := key.(string); ok {
			m.whole(normalKey(text))
		}
	}
	for i, one := range listOf(o.get("values")) {
		v := asObject(one)
		key, name := normalKey(v.text("key")), v.text("name")
		t := typeNamed(v.text("type"))
		if _, named := v.get("name").(string); key == "" || t == "" || !named {
			return message.Error("fleet.powershell-value", message.Int("n", i+1))
		}
		d, err := fromAny(t, v.get("value"))
		if err != nil {
			return message.Error("fleet.value", message.Str("key", key), message.Str("name", name), message.Cause("why", err))
		}
		m.set(key, name, d)
	}
	for _, id := range listOf(o.get("hotfixes")) {
		if text, ok := id.(string); ok {
			m.update(text)
		}
	}
	return nil
}

// listOf makes a list of what PowerShell writes as a single value if it has only one
// element.
func listOf(v any) []any {
	if list := asList(v); list != nil {
		return list
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

// itemProperty takes an object of Get-ItemProperty: the values of one key among
// properties that PowerShell adds. Types are those that show: a number is a
// DWORD.
func (m *machine) itemProperty(o object) error {
	key := normalKey(o.text("PSPath"))
	if !strings.HasPrefix(key, "HK") {
		return nil // a file or a certificate
	}
	for _, name := range o.keys() {
		if isNoise(name) {
			continue
		}
		value := o[name]
		if asObject(value) != nil || value == nil {
			m.say(lost, key) // there is something, and not what
			continue
		}
		d, err := fromAny("", value)
		if err != nil {
			return message.Error("fleet.value", message.Str("key", key), message.Str("name", name), message.Cause("why", err))
		}
		m.set(key, defaultName(name), d)
	}
	return nil
}

// defaultName is the name of a value, "" if it is what tools call the default value
// in English or Japanese.
func defaultName(name string) string {
	if strings.EqualFold(name, "(default)") || name == "(既定)" {
		return ""
	}
	return name
}

// isNoise says whether a property is PowerShell's own.
func isNoise(name string) bool {
	switch strings.ToLower(name) {
	case "pspath", "psparentpath", "pschildname", "psdrive", "psprovider", "pscomputername", "runspaceid", "psshowcomputername", "pssourcejobinstanceid":
		return true
	}
	return false
}
