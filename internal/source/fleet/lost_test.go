package fleet

import (
	"bytes"
	"strings"
	"testing"

	"tlsready/internal/host"
)

// Proves that no damage of an export makes a value absent that it may have held: an
// error, a failure, a missing or empty member, null data, a dangling reference, a
// type that is not known.
func TestLostAnswers(t *testing.T) {
	const (
		key    = `HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL`
		ask    = `{"what":"asked","key":"` + key + `"}`
		os     = `{"what":"os_version","data":"6.3.9600"}`
		event  = `{"what":"registry","key":"` + key + `","name":"EventLogging","type":"REG_DWORD","data":"1"}`
		wmi    = `{"Fqdn":"A","Version":"6.3.9600","BuildNumber":"9600"}`
		vevent = `{"Fqdn":"A","OSPath":"` + key + `\\EventLogging","Data":{"type":"DWORD","value":1}}`
		vasq   = `{"Fqdn":"A","Asked":"` + key + `"}`
		objs   = `<Objs xmlns="http://schemas.microsoft.com/powershell/2004/04">`
		azid   = `{"id":"/machines/A/Microsoft.GuestConfiguration/x","properties":{"resources":[{"properties":{"Key":"` + key + `\\Protocols\\TLS 1.2\\Client","ValueName":"Enabled",`
	)
	enabled := func(rest string) string {
		return `{"what":"registry","key":"` + key + `\\Protocols\\TLS 1.2\\Client","name":"Enabled",` + rest + `}`
	}
	osq := func(rows ...string) string { return `{"host":"A","rows":[` + strings.Join(rows, ",") + `]}` }
	vrow := func(data string) string {
		return `{"Fqdn":"A","OSPath":"` + key + `\\Protocols\\TLS 1.2\\Client\\Enabled"` + data + `}`
	}
	lines := func(rows ...string) string { return strings.Join(rows, "\n") }
	snippet := func(rest string) string {
		return `{"tlsready":"powershell/v1","computer":"A","os":{"Version":"6.3.9600"},"asked":["HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"]` + rest + `}`
	}
	intune := func(header, cells string) string {
		return "DeviceName,OSVersion," + header + "\nA,6.3.9600.0," + cells + "\n"
	}
	ref := host.NewRef(schannel+`\Protocols\TLS 1.2\Client`, "Enabled")
	for name, c := range map[string]struct {
		data  string
		whole bool // nothing is wrong: the value is absent
	}{
		"osquery":              {osq(os, event, ask), true},
		"osquery, empty":       {osq(os, ask), false},
		"osquery, no name":     {osq(os, event, strings.Replace(enabled(`"type":"REG_DWORD","data":"0"`), `"name":"Enabled"`, `"name":""`, 1), ask), false},
		"osquery, error":       {`{"host":"A","rows":[` + os + `,` + ask + `],"error":"timed out"}`, false},
		"osquery, failed":      {`{"host":"A","rows":[` + os + `,` + ask + `],"failed":true}`, false},
		"osquery, row error":   {osq(os, `{"what":"registry","key":"`+key+`","error":"denied"}`, ask), false},
		"osquery, no type":     {osq(os, enabled(`"type":"","data":"0"`), ask), false},
		"osquery, no data":     {osq(os, enabled(`"type":"REG_DWORD"`), ask), false},
		"osquery, null data":   {osq(os, enabled(`"type":"REG_SZ","data":null`), ask), false},
		"osquery, other type":  {osq(os, enabled(`"type":"REG_DWORD_BIG_ENDIAN","data":"00000000"`), ask), false},
		"osquery, null row":    {osq(os, `null`, ask), false},
		"osquery, asked first": {osq(ask, os), false},
		"osquery, asked alone": {osq(ask), false},
		"osquery, null rows":   {`{"host":"A","rows":null}`, false},
		"osquery, null table":  {`{"asked":["` + key + `"],"os_version":[{"data":"6.3.9600"}],"registry":null}`, false},
		"osquery, tables":      {`{"asked":["` + key + `"],"os_version":[{"data":"6.3.9600"}],"registry":[{"key":"HKEY_LOCAL_MACHINE\\SOFTWARE\\X","name":"n","type":"REG_DWORD","data":"1"}]}`, true},
		"osquery, clipped":     {`{"query_id":1,"report_clipped":true,"results":[{"host_name":"A","columns":` + os + `},{"host_name":"A","columns":` + ask + `}]}`, false},
		"osquery, report":      {`{"query_id":1,"report_clipped":false,"results":[{"host_name":"A","columns":` + os + `},{"host_name":"A","columns":` + event + `},{"host_name":"A","columns":` + ask + `}]}`, true},

		"velociraptor":             {lines(wmi, vevent, vasq), true},
		"velociraptor, empty":      {lines(wmi, vasq), false},
		"velociraptor, null row":   {lines(wmi, vevent, "null", vasq), false},
		"velociraptor, first":      {lines(vasq, wmi), false},
		"velociraptor, error":      {lines(wmi, `{"Fqdn":"A","_Error":"denied"}`, vasq), false},
		"velociraptor, null value": {lines(wmi, vrow(`,"Data":{"type":"DWORD","value":null}`), vasq), false},
		"velociraptor, no value":   {lines(wmi, vrow(`,"Data":{"type":"SZ"}`), vasq), false},
		"velociraptor, null data":  {lines(wmi, vrow(`,"Data":null`), vasq), false},
		"velociraptor, no data":    {lines(wmi, vrow(``), vasq), false},
		"velociraptor, other type": {lines(wmi, vrow(`,"Data":{"type":"UNKNOWN","value":1}`), vasq), false},

		"powershell":             {snippet(`,"values":[{"key":"` + key + `","name":"EventLogging","type":"DWord","value":1}]`), true},
		"powershell, empty":      {snippet(`,"values":[]`), false},
		"powershell, no name":    {snippet(`,"values":[{"key":"` + key + `\\Protocols\\TLS 1.2\\Client","type":"DWord","value":1}]`), false},
		"powershell, no values":  {snippet(``), false},
		"powershell, null":       {snippet(`,"values":null`), false},
		"powershell, error":      {snippet(`,"values":[],"errors":["denied"]`), false},
		"powershell, failed":     {snippet(`,"values":[],"failed":true`), false},
		"powershell, null value": {snippet(`,"values":[{"key":"` + key + `\\Protocols\\TLS 1.2\\Client","name":"Enabled","type":"DWord","value":null}]`), false},
		"powershell, no value":   {snippet(`,"values":[{"key":"` + key + `\\Protocols\\TLS 1.2\\Client","name":"Enabled","type":"String"}]`), false},

		"clixml, dangling":  {objs + `<Obj><MS><S N="tlsready">powershell/v1</S><Obj N="asked"><LST><S>HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL</S></LST></Obj><Ref N="values" RefId="9"/></MS></Obj></Objs>`, false},
		"clixml, an error":  {objs + `<S S="Error">denied</S><Obj><MS><S N="tlsready">powershell/v1</S></MS></Obj></Objs>`, false},
		"clixml, no values": {objs + `<Obj><MS><S N="tlsready">powershell/v1</S><Obj N="asked"><LST><S>HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL</S></LST></Obj></MS></Obj></Objs>`, false},

		"azure, absent":       {azid + `"ValueData":null,"Ensure":"Absent"}}]}}`, true},
		"azure, null":         {azid + `"ValueData":null,"Ensure":"Present"}}]}}`, false},
		"azure, no data":      {azid + `"Ensure":"Present"}}]}}`, false},
		"azure, says nothing": {azid + `"ValueData":null}}]}}`, false},
		"azure, error":        {azid + `"ValueData":null,"Ensure":"Absent","error":{"code":"denied"}}}]}}`, false},

		"intune":                {intune("PreRemediationDetectionScriptOutput", `"{""t"":1,""b"":""6.3.9600."",""a"":""S"",""v"":{""S\\EventLogging"":1}}"`), true},
		"intune, empty":         {intune("PreRemediationDetectionScriptOutput", `"{""t"":1,""b"":""6.3.9600."",""a"":""S"",""v"":{}}"`), false},
		"intune, no values":     {intune("PreRemediationDetectionScriptOutput", `"{""t"":1,""b"":""6.3.9600."",""a"":""S""}"`), false},
		"intune, null values":   {intune("PreRemediationDetectionScriptOutput", `"{""t"":1,""b"":""6.3.9600."",""a"":""S"",""v"":null}"`), false},
		"intune, error column":  {intune("PreRemediationDetectionScriptOutput,PreRemediationDetectionScriptError", `"{""t"":1,""b"":""6.3.9600."",""a"":""S"",""v"":{}}",Access denied`), false},
		"intune, empty errors":  {intune("PreRemediationDetectionScriptOutput,PreRemediationDetectionScriptError", `"{""t"":1,""b"":""6.3.9600."",""a"":""S"",""v"":{""S\\EventLogging"":1}}",`), true},
		"intune, a cell is cut": {intune("PreRemediationDetectionScriptOutput,Last", `"{""t"":1,""b"":""6.3.9600."",""a"":""S"",""v"":{}}"`), false},
	} {
		t.Run(name, func(t *testing.T) {
			hosts, err := readKind(kindOf(t, []byte(c.data)), "f", []byte(c.data), option2012())
			if err == nil && len(hosts) > 0 {
				err = hosts[0].Err
			}
			state := host.NotAsked
			if err == nil {
				_, state = host.NewView(hosts[0].Snapshot).Lookup(ref)
			}
			if (state == host.Absent) != c.whole {
				t.Errorf("the value is %s, error %v", state, err)
			}
			if c.whole && err != nil {
				t.Error(err)
			}
		})
	}
}

// Proves of exports that are rows that, wherever they are cut between rows, no value
// that the whole one holds counts as absent.
func TestRowsCut(t *testing.T) {
	for _, file := range []string{"velociraptor.jsonl"} {
		data := read(t, file)
		whole, err := readKind(kindOf(t, data), file, data, option2012())
		if err != nil {
			t.Fatal(err)
		}
		rows := bytes.SplitAfter(data, []byte("\n"))
		for n := 1; n < len(rows)-1; n++ {
			cut := bytes.Join(rows[:n], nil)
			hosts, err := readKind(kindOf(t, data), file, cut, option2012())
			if err != nil || hosts[0].Err != nil {
				continue
			}
			view := host.NewView(hosts[0].Snapshot)
			for _, v := range whole[0].Snapshot.Registry {
				if _, state := view.Lookup(host.NewRef(v.Key, v.Name)); state == host.Absent {
					t.Errorf("%s after row %d: %s %s is absent", file, n, v.Key, v.Name)
				}
			}
		}
	}
}
