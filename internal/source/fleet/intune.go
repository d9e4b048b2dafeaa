package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/winver"
)

// maxOutput is what Intune keeps of a script's output, in characters
// (https://learn.microsoft.com/intune/intune-service/fundamentals/remediations).
const maxOutput = 2048

// outputColumns hold what the detection script wrote: in the export of the
// portal and of Graph (deviceHealthScriptDeviceState).
func outputColumns() []string {
	return []string{
		"preremediationdetectionscriptoutput", "preremediationdetectionoutput", "detectionscriptoutput", "postremediationdetectionscriptoutput",
		"postremediationdetectionoutput", "output", "修復前検出の出力", "修復前の検出出力", "検出スクリプトの出力", "出力",
	}
}

func deviceColumns() []string {
	return []string{"devicename", "device", "hostname", "デバイス名", "デバイス"}
}

func sniffIntune(head []byte) bool {
	columns, _ := headerOf(headText(head))
	return hasColumn(columns, outputColumns()...) && hasColumn(columns, deviceColumns()...)
}

// readIntune reads the list of a remediation's runs: the script of docs/sources
// writes one line of JSON, which stands in the column of its output.
func readIntune(path string, data []byte, opt source.Options) ([]source.Host, error) {
	s, err := openSheet(path, data)
	if err != nil {
		return nil, err
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
		device := cell(row, deviceColumns()...)
		if device == "" {
			continue
		}
		m := all.get(device)
		m.stated(cell(row, "osversion", "osのバージョン", "osバージョン"))
		m.renew("row")
		if err := m.intune(row); err != nil {
			m.fail(message.Error("fleet.device", message.Str("device", device), message.Cause("why", err)).OnLine(s.line).At(path))
		}
	}
	if len(all.list) == 0 {
		return nil, message.Error("fleet.no-rows").OnLine(1).At(path)
	}
	return all.hosts("intune", path, opt), nil
}

func (m *machine) intune(row map[string]string) error {
	for _, column := range slices.Sorted(maps.Keys(row)) {
		if text := spoken(row[column]); text != "" && (strings.Contains(column, "error") || strings.Contains(column, "エラー")) {
			return message.Error("fleet.script-ended", message.Str("said", clip(text)))
		}
	}
	output := ""
	for _, name := range outputColumns() {
		if text := strings.TrimSpace(row[name]); strings.HasPrefix(text, "{") {
			output = text
			break
		}
	}
	if output == "" {
		return message.Error("fleet.intune-no-json")
	}
	var compact compactOutput
	dec := json.NewDecoder(strings.NewReader(output))
	dec.UseNumber()
	if err := dec.Decode(&compact); err != nil {
		if len([]rune(output)) >= maxOutput {
			return message.Error("fleet.intune-cut", message.Int("limit", maxOutput))
		}
		return message.Error("fleet.intune-json", message.Cause("why", err))
	}
	return m.compact(compact)
}

// compactOutput is the line of the script: T the version of its form, B build
// and revision, A the letters of the keys that it looked through, V the values
// by letter and path. 2,048 characters leave no room for full names.
type compactOutput struct {
	T int            `json:"t"`
	B string         `json:"b"`
	A string         `json:"a"`
	R string         `json:"r"`
	P int            `json:"p"`
	V map[string]any `json:"v"`
}

// letters are the keys that a letter stands for in the line; PowerShell's tables
// have no case, so neither do the letters.
func letters() map[byte]string {
	const soft, wow = `HKLM\SOFTWARE\`, `HKLM\SOFTWARE\Wow6432Node\`
	const internet = `Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp`
	return map[byte]string{
		'S': `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`,
		'F': soft + `Microsoft\.NETFramework\v4.0.30319`, 'H': wow + `Microsoft\.NETFramework\v4.0.30319`,
		'G': soft + `Microsoft\.NETFramework\v2.0.50727`, 'I': wow + `Microsoft\.NETFramework\v2.0.50727`,
		'W': soft + internet, 'X': wow + internet,
		'L': `HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL`,
		'P': soft + `Policies\Microsoft\Cryptography\Configuration\SSL`,
		'N': soft + `Microsoft\NET Framework Setup\NDP\v4\Full`,
	}
}

// deepLetters are those of the keys that the script reads with all below them.
const deepLetters = "SLP"

func (m *machine) compact(c compactOutput) error {
	if c.T != 1 {
		return message.Error("fleet.intune-form", message.Int("form", c.T))
	}
	m.stated(c.B)
	if c.R != "" {
		m.os.Architecture = c.R
	}
	if product := winver.TypeByProduct(strconv.Itoa(c.P)); product != "" {
		m.os.Type = product
	}
	known := letters()
	if c.A != "" && c.V == nil {
		return message.Error("fleet.intune-no-values")
	}
	for _, letter := range []byte(c.A) {
		key, ok := known[letter]
		if !ok {
			return message.Error("fleet.intune-letter", message.Str("letter", fmt.Sprintf("%q", letter)))
		}
		if strings.ContainsRune(deepLetters, rune(letter)) {
			m.say(tree, key)
		} else {
			m.say(own, key)
		}
	}
	return m.compactValues(c.V)
}

func (m *machine) compactValues(values map[string]any) error {
	known := letters()
	paths := make([]string, 0, len(values))
	for path := range values {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		key, name := lastPart(path)
		prefix, ok := known[firstByte(key)]
		if !ok || len(key) > 1 && key[1] != '\\' {
			return message.Error("fleet.intune-name", message.Quote("text", clip(path)))
		}
		d, err := fromAny("", values[path])
		if err != nil {
			return message.At(clip(path), err)
		}
		m.set(prefix+key[1:], name, d)
	}
	return nil
}

func firstByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}
