package fleet

import (
	"path/filepath"
	"regexp"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source"
)

// HealthChecker of CSS-Exchange keeps what it read of an Exchange server's registry
// in an XML file, and prints it as tables. NULL stands for a value that is not there,
// and for one that could not be read.
// https://github.com/microsoft/CSS-Exchange (Shared/TLS/Get-AllTlsSettingsFromRegistry.ps1)

var (
	healthRow  = regexp.MustCompile(`^\s*(Enabled|DisabledByDefault|SystemDefaultTlsVersions|SchUseStrongCrypto)\s+(S(?i:YSTEM|OFTWARE)\\.*\S)\s+(NULL|-?\d+)\s*$`)
	healthFile = regexp.MustCompile(`(?i)^HealthChecker-(.+)-\d{14}\.(?:txt|xml)$`)
)

func sniffHealthChecker(head []byte) bool {
	text := headText(head)
	return !isJSON(text) && !strings.HasPrefix(text, "<") && (holdsAll(text, "RegistryKey", "Location", "Value", `SCHANNEL\Protocols`) || holdsAll(text, "Exchange Health Checker"))
}

// readHealthChecker reads the text.
func readHealthChecker(path string, data []byte, opt source.Options) ([]source.Host, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, message.At(path, err)
	}
	var all machines
	m := all.get("")
	m.healthName(path)
	rows := 0
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for _, line := range lines[:len(lines)-1] { // the last may be half of one
		row := healthRow.FindStringSubmatch(line)
		if row == nil {
			continue
		}
		rows++
		m.note("fleet.types")
		m.health(row[2], row[1], row[3])
	}
	if rows == 0 {
		return nil, message.Error("fleet.health-no-rows").At(path)
	}
	return all.hosts("healthchecker", path, opt), nil
}

// healthName takes the server's name from that of the file, the only place where it
// is sure to be.
func (m *machine) healthName(path string) {
	if found := healthFile.FindStringSubmatch(filepath.Base(path)); found != nil {
		m.name = found[1]
	}
}

// health takes a value as the text has it.
func (m *machine) health(location, name, value string) {
	key := normalKey(`HKLM\` + location)
	if value == "NULL" {
		m.note("fleet.null", message.Str("word", "NULL"))
		return
	}
	m.setBare(key, name, value)
}

// healthChecker takes the object of the XML file.
func (m *machine) healthChecker(o object, path string) error {
	m.healthName(path)
	at := o
	for _, name := range []string{"HealthCheckerExchangeServer", "OSInformation", "TLSSettings", "Registry"} {
		if at = asObject(at.get(name)); at == nil {
			return message.Error("fleet.health-shallow", message.Str("member", name))
		}
	}
	tls, net := asObject(at.get("TLS")), asObject(at.get("NET"))
	if tls == nil && net == nil {
		return message.Error("fleet.health-shallow", message.Str("member", "TLS"))
	}
	for _, version := range []string{"1.0", "1.1", "1.2", "1.3"} {
		one := asObject(tls[version])
		for _, side := range []string{"Server", "Client"} {
			key := `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS ` + version + `\` + side
			m.healthValue(one, key, "Enabled", side+"EnabledValue")
			m.healthValue(one, key, "DisabledByDefault", side+"DisabledByDefaultValue")
		}
	}
	for member, clr := range map[string]string{"NETv2": "v2.0.50727", "NETv4": "v4.0.30319"} {
		one := asObject(net[member])
		for prefix, root := range map[string]string{"": `HKLM\SOFTWARE\`, "Wow": `HKLM\SOFTWARE\Wow6432Node\`} {
			for _, name := range []string{"SystemDefaultTlsVersions", "SchUseStrongCrypto"} {
				m.healthValue(one, root+`Microsoft\.NETFramework\`+clr, name, prefix+name+"Value")
			}
		}
	}
	return nil
}

// healthValue takes one value of an object of the XML file; a member that is not
// there, or is nil, says nothing.
func (m *machine) healthValue(o object, key, name, member string) {
	value := o.get(member)
	switch {
	case o == nil:
	case value == nil:
		m.note("fleet.null", message.Str("word", "NULL"))
	default:
		d, err := fromAny("", value)
		if err != nil {
			m.say(lost, key)
			return
		}
		m.set(key, name, d)
	}
}
