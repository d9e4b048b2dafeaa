package fleet

import (
	"encoding/binary"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

const psClient = `Microsoft.PowerShell.Core\Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`

// object is a key as Format-List shows it.
func listedKey(values string) string {
	return "\r\n\r\n" + values + `PSPath            : ` + psClient + "\r\nPSParentPath      : " + strings.TrimSuffix(psClient, `\Client`) +
		"\r\nPSChildName       : Client\r\nPSDrive           : HKLM\r\nPSProvider        : Microsoft.PowerShell.Core\\Registry\r\n\r\n\r\n"
}

// entraTable is the table of the check for Entra Connect, with one value.
func entraTable(value string) string {
	return "\r\nPath                                                                          Name                     Value\r\n" +
		"----                                                                          ----                     -----\r\n" +
		`HKLM:\SOFTWARE\WOW6432Node\Microsoft\.NETFramework\v4.0.30319                 SystemDefaultTlsVersions 1` + "\r\n" +
		`HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client Enabled                  ` + value + "\r\n\r\n"
}

// health is the text of HealthChecker with one value.
func health(value string) string {
	const client = `SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	return "Exchange Health Checker version 25.01.01.0101\r\n\r\n\tTLS 1.2: Enabled\r\n\r\n        RegistryKey       Location      Value\r\n        -----------       --------      -----\r\n" +
		"        Enabled           " + client + "          " + value + "\r\n        DisabledByDefault " + client + "          NULL\r\n\r\n"
}

// healthXML is what it exports.
func healthXML(value string) string {
	return `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj RefId="0"><MS><Obj N="HealthCheckerExchangeServer" RefId="1"><MS><Obj N="OSInformation" RefId="2"><MS>` +
		`<Obj N="TLSSettings" RefId="3"><MS><Obj N="Registry" RefId="4"><MS><Obj N="TLS" RefId="5"><DCT><En><S N="Key">1.2</S><Obj N="Value" RefId="6"><MS><S N="TLSVersion">1.2</S>` + value +
		`</MS></Obj></En></DCT></Obj></MS></Obj></MS></Obj></MS></Obj></MS></Obj></MS></Obj></Objs>`
}

// Proves, for texts and files of tools that show settings, what each says about a value:
// its data if it is shown whole, and never that it is absent.
func TestShownSettings(t *testing.T) {
	list := "DisabledByDefault : 1\r\nEnabled           : "
	cut := "PSPath            : Microsoft.PowerShell.Core\\Registry::HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS\r\n                    1.2\\Client"
	wrapped := strings.Replace(listedKey(list+"0\r\n"), "PSPath            : "+psClient, cut, 1)
	csv := `"Path","Name","Value"` + "\r\n" + `"HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client","Enabled",`
	json := `[{"Path":"HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client","Name":"Enabled","Value":`
	asList := "\r\nPath  : HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client\r\nName  : Enabled\r\nValue : "
	zero, one, minus := host.Dword(0), host.Dword(1), host.Dword(0xffffffff)
	for name, c := range map[string]struct {
		kind, data string
		want       *host.Data // nil: not asked
		note       string
	}{
		"list":                    {"listing", listedKey(list + "0\r\n"), &zero, "text alone"},
		"list, signed":            {"listing", listedKey(list + "-1\r\n"), &minus, ""},
		"list, a path in two":     {"listing", wrapped, &zero, ""},
		"list, no value":          {"listing", listedKey(list + "\r\n"), nil, "could not be understood"},
		"list, two that differ":   {"listing", listedKey(list+"0\r\n") + listedKey(list+"1\r\n"), nil, "could not be understood"},
		"list, cut":               {"listing", listedKey(list + "0\r\n")[:150], nil, ""},
		"list, UTF-16":            {"listing", string(wide([]byte(listedKey(list+"1\r\n")), binary.LittleEndian)), &one, ""},
		"list, wrapped list":      {"listing", listedKey("Functions : {a, b, c, d...}\r\n"), nil, "could not be understood"},
		"table":                   {"entra", entraTable("0"), &zero, "text alone"},
		"table, not found":        {"entra", entraTable("Not Found"), nil, "--covered"},
		"table, a cut path":       {"entra", strings.ReplaceAll(entraTable("0"), `TLS 1.2\Client`, `TLS...`), nil, "could not be understood"},
		"table, a cut row":        {"entra", strings.TrimSuffix(entraTable("0"), "\r\n\r\n"), nil, ""},
		"table, rows that differ": {"entra", entraTable("0") + entraTable("1"), nil, "could not be understood"},
		"as a list":               {"entra", asList + "1\r\n\r\n", &one, ""},
		"CSV":                     {"entra", csv + "\"1\"\r\n", &one, ""},
		"CSV, not found":          {"entra", csv + "\"Not Found\"\r\n", nil, "--covered"},
		"CSV, cut":                {"entra", strings.TrimSuffix(csv, ","), nil, ""},
		"JSON":                    {"entra", json + `0}]`, &zero, ""},
		"JSON, not found":         {"entra", json + `"Not Found"}]`, nil, "--covered"},
		"JSON, null":              {"entra", json + `null}]`, nil, "could not be understood"},
		"JSON, cut":               {"entra", json + `0}`, nil, ""},
		"health":                  {"healthchecker", health("0"), &zero, "text alone"},
		"health, NULL":            {"healthchecker", health("NULL"), nil, "--covered"},
		"health, wrapped":         {"healthchecker", strings.Replace(health("0"), `\Client          0`, "\r\n   \\Client    0", 1), nil, ""},
		"health XML":              {"clixml", healthXML(`<I32 N="ClientEnabledValue">0</I32>`), &zero, ""},
		"health XML, nil":         {"clixml", healthXML(`<Nil N="ClientEnabledValue"/>`), nil, "--covered"},
		"health XML, lacking":     {"clixml", healthXML(``), nil, ""},
		"health XML, as text":     {"clixml", `<Objs xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj><MS><Obj N="HealthCheckerExchangeServer"><MS><Obj N="OSInformation"><MS><S N="TLSSettings">System.Object</S></MS></Obj></MS></Obj></MS></Obj></Objs>`, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := kindOf(t, []byte(c.data))
			if k.Name != c.kind {
				t.Fatalf("it is a %s", k.Name)
			}
			hosts, err := readKind(k, "HealthChecker-EX01-20260101120000.txt", []byte(c.data), option2012())
			if err == nil {
				err = hosts[0].Err
			}
			if err != nil {
				if c.want != nil {
					t.Fatal(err)
				}
				return
			}
			view := host.NewView(hosts[0].Snapshot)
			data, state := view.Lookup(host.NewRef(schannel+`\Protocols\TLS 1.2\Client`, "Enabled"))
			if (state == host.Present) != (c.want != nil) || state == host.Absent || c.want != nil && !data.Equal(*c.want) {
				t.Errorf("it is %s, %+v", state, data)
			}
			if notes := message.English(hosts[0].Snapshot.Notes...); !strings.Contains(notes, c.note) {
				t.Errorf("notes %q", notes)
			}
			if strings.HasPrefix(name, "health") && hosts[0].Snapshot.Name != "EX01" {
				t.Errorf("it is called %s", hosts[0].Snapshot.Name)
			}
		})
	}
}
