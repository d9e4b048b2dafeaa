package files

import (
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
)

// maxPolicyReport bounds a report of policies: the longest part of one is the log of its own
// making, some megabytes.
const maxPolicyReport = 64 << 20

// Client-side extensions by their ids, which are the same in every language ([MS-GPREG] section
// 1.9, [MS-GPPREF] section 1.9).
const (
	registryExtension    = "{35378eac-683f-11d2-a89a-00c04fbbcfa2}"
	preferencesExtension = "{b087be9d-ed37-454f-af9c-04291e351182}"
)

// PolicyReport reads what "gpresult /x" writes about a host: which group policy object wins for
// each registry value that a policy writes. It says nothing of what the registry holds, so it
// adds to a host that is read from elsewhere.
func PolicyReport() source.Kind {
	return source.Kind{
		Name: "gpresult", Limit: maxPolicyReport, Many: true,
		Sniff: func(head []byte, _ string) bool {
			text := source.HeadText(head)
			return strings.Contains(text, "<Rsop") && strings.Contains(text, "microsoft.com/GroupPolicy/Rsop")
		},
		Read: func(in source.Input, _ source.Options) ([]source.Host, error) {
			s, err := readPolicyReport(in.Files[0].Data)
			if err != nil {
				return nil, message.At(in.Path, err)
			}
			s.Name, s.Source = cmp.Or(s.Name, in.ID), "gpresult:"+in.Path
			return []source.Host{{Path: in.Path, Snapshot: s}}, nil
		},
	}
}

// The parts of a report that are read. Elements are told by their names alone: the prefixes
// of their namespaces differ from report to report.
type (
	rsopReport struct {
		XMLName  xml.Name     `xml:"Rsop"`
		Computer *rsopResults `xml:"ComputerResults"`
		User     *rsopResults `xml:"UserResults"`
	}
	rsopResults struct {
		Name   string       `xml:"Name"`
		Domain string       `xml:"Domain"`
		GPOs   []rsopGPO    `xml:"GPO"`
		Status []rsopStatus `xml:"ExtensionStatus"`
		Data   []struct {
			Extensions []rsopExtension `xml:"Extension"`
		} `xml:"ExtensionData"`
	}
	rsopGPO struct {
		Name       string `xml:"Name"`
		Path       string `xml:"Path>Identifier"`
		Identifier string `xml:"Identifier"`
		Enabled    string `xml:"Enabled"`
		Valid      string `xml:"IsValid"`
		Allowed    string `xml:"FilterAllowed"`
		Denied     string `xml:"AccessDenied"`
	}
	rsopStatus struct {
		Name       string `xml:"Name"`
		Identifier string `xml:"Identifier"`
		Logging    string `xml:"LoggingStatus"`
		Error      string `xml:"Error"`
	}
	rsopExtension struct {
		Settings    []rsopSetting    `xml:"RegistrySetting"`
		Policies    []rsopPolicy     `xml:"Policy"`
		Preferences []rsopPreference `xml:"RegistryRsopSetting"`
	}
	rsopOrigin struct {
		GPO        rsopGPO `xml:"GPO"`
		Precedence string  `xml:"Precedence"`
	}
	// rsopSetting is a value that no template knows.
	rsopSetting struct {
		rsopOrigin
		KeyPath string `xml:"KeyPath"`
		Value   *struct {
			Name   string  `xml:"Name"`
			Number *string `xml:"Number"`
			String *string `xml:"String"`
		} `xml:"Value"`
	}
	// rsopPolicy is a setting of a template: it stands there by its name on the page, without
	// its key.
	rsopPolicy struct {
		rsopOrigin
		Name     string        `xml:"Name"`
		State    string        `xml:"State"`
		Controls []rsopControl `xml:",any"`
	}
	rsopControl struct {
		XMLName xml.Name
		Name    string `xml:"Name"`
		Text    string `xml:",innerxml"`
	}
	// rsopPreference is an item of the preferences.
	rsopPreference struct {
		rsopOrigin
		Properties []rsopProperty `xml:"BaseInstanceXml>PROPERTY"`
		Instance   []rsopProperty `xml:"BaseInstanceXml>INSTANCE>PROPERTY"`
	}
	rsopProperty struct {
		Name  string `xml:"NAME,attr"`
		Value string `xml:"VALUE"`
	}
)

// readPolicyReport reads a report.
func readPolicyReport(data []byte) (*host.Snapshot, error) {
	text, err := source.Text(data)
	if err != nil {
		return nil, err
	}
	dec := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	var r rsopReport
	if err := dec.Decode(&r); err != nil {
		line, _ := dec.InputPos()
		if syntax := (*xml.SyntaxError)(nil); errors.Is(err, io.EOF) || errors.As(err, &syntax) && syntax.Msg == "unexpected EOF" {
			err = message.Error("files.policy-cut")
		}
		return nil, message.OnLine(line, err)
	}
	if r.Computer == nil {
		return nil, message.Error("files.policy-user-only").Hinted("files.hint.policy-report")
	}
	s := &host.Snapshot{Schema: host.Schema, Name: r.computerName()}
	b := policyBook{of: map[string]int{}}
	b.results(r.Computer, `HKLM\`)
	if r.User != nil {
		b.results(r.User, `HKCU\`)
	}
	s.Policies, s.Notes = b.list(), b.notes
	if len(s.Policies) == 0 && len(s.Notes) == 0 {
		s.Notes = append(s.Notes, message.New("files.policy-none"))
	}
	return s, nil
}

// computerName is the computer that the report is about: "EXAMPLE\FS01$" in the domain
// example.com is fs01.example.com.
func (r *rsopReport) computerName() string {
	name := r.Computer.Name[strings.LastIndexByte(r.Computer.Name, '\\')+1:]
	name = strings.TrimSuffix(strings.TrimSpace(name), "$")
	if domain := strings.TrimSpace(r.Computer.Domain); name != "" && strings.Contains(domain, ".") && !strings.Contains(name, ".") {
		name += "." + domain
	}
	return name
}

// policyBook gathers the winning entry of each value.
type policyBook struct {
	entries []policyEntry
	of      map[string]int // entry by folded key and name
	notes   []message.Text
}

type policyEntry struct {
	host.PolicyValue
	precedence int
}

// results takes one half of a report, whose values lie below root.
func (b *policyBook) results(r *rsopResults, root string) {
	for _, s := range r.Status {
		id := strings.ToLower(s.Identifier)
		if id != registryExtension && id != preferencesExtension {
			continue
		}
		if code := strings.TrimSpace(s.Error); code != "" && code != "0" || s.Logging != "" && s.Logging != "Complete" {
			b.notes = append(b.notes, message.New("files.policy-failed", message.Quote("extension", s.Name)))
		}
	}
	names := gpoNames(r.GPOs)
	for _, data := range r.Data {
		for i := range data.Extensions {
			b.extension(&data.Extensions[i], root, names)
		}
	}
}

func (b *policyBook) extension(x *rsopExtension, root string, names map[string]string) {
	for i := range x.Settings {
		s := &x.Settings[i]
		if s.Value == nil {
			continue // a key alone
		}
		b.add(&s.rsopOrigin, names, host.PolicyValue{Key: root + strings.Trim(s.KeyPath, `\`), Name: s.Value.Name, Data: policyData(s.Value.Number, s.Value.String)})
	}
	for i := range x.Policies {
		p := &x.Policies[i]
		if value, ok := p.value(root); ok && p.State == "Enabled" {
			b.add(&p.rsopOrigin, names, value)
		}
	}
	for i := range x.Preferences {
		p := &x.Preferences[i]
		if value, ok := p.value(); ok {
			b.add(&p.rsopOrigin, names, value)
		}
	}
}

// gpoNames are the names of the policy objects that apply, by their ids in lower case; one
// that does not apply has the name "".
func gpoNames(list []rsopGPO) map[string]string {
	names := map[string]string{}
	for _, g := range list {
		name := strings.TrimSpace(g.Name)
		if g.Enabled == "false" || g.Valid == "false" || g.Allowed == "false" || g.Denied == "true" {
			name = ""
		}
		names[strings.ToLower(cmp.Or(g.Path, g.Identifier))] = name
	}
	return names
}

// policyData is what a policy writes, as far as a report says its type.
func policyData(number, text *string) host.Data {
	if number != nil {
		if n, err := strconv.ParseUint(strings.TrimSpace(*number), 10, 32); err == nil {
			return host.Dword(uint32(n))
		}
	} else if text != nil {
		return host.String(*text)
	}
	return host.Data{}
}

// cipherPolicyKey holds what the templates below "SSL Configuration Settings" write.
const cipherPolicyKey = `SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002`

// value finds the registry value of a template by what its control holds: names of suites or
// curves in any language; of the one for WinINET by its name.
func (p *rsopPolicy) value(root string) (host.PolicyValue, bool) {
	for _, c := range p.Controls {
		switch text := c.Text; {
		case strings.Contains(text, "TLS_") && (strings.Contains(text, "_WITH_") || strings.Contains(text, "TLS_AES_")):
			return host.PolicyValue{Key: root + cipherPolicyKey, Name: "Functions"}, true
		case strings.Contains(strings.ToLower(text), "nistp256") || strings.Contains(strings.ToLower(text), "curve25519"):
			return host.PolicyValue{Key: root + cipherPolicyKey, Name: "EccCurves"}, true
		}
	}
	switch strings.TrimSpace(p.Name) {
	case "Turn off encryption support", "暗号化サポートを無効にする":
		return host.PolicyValue{Key: root + `SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`, Name: "SecureProtocols"}, true
	}
	return host.PolicyValue{}, false
}

// value is the value that an item of the preferences writes. Its type is not known.
func (p *rsopPreference) value() (host.PolicyValue, bool) {
	at := map[string]string{}
	for _, one := range slices.Concat(p.Properties, p.Instance) {
		at[one.Name] = strings.TrimSpace(one.Value)
	}
	hive, key := at["polmkrHiveResolved"], strings.Trim(at["polmkrKeyResolved"], `\`)
	if hive == "" || key == "" {
		return host.PolicyValue{}, false
	}
	return host.PolicyValue{Key: hive + `\` + key, Name: at["polmkrNameResolved"], GPO: at["polmkrBaseGpoDisplayName"]}, true
}

// add takes an entry unless another policy wins.
func (b *policyBook) add(from *rsopOrigin, names map[string]string, value host.PolicyValue) {
	value.Key = host.CurrentControlSet(host.NormalKey(value.Key))
	if !host.IsKey(value.Key) {
		return
	}
	id := strings.ToLower(strings.TrimSpace(from.GPO.Identifier))
	name, listed := names[id]
	if listed && name == "" {
		return // it does not apply
	}
	if _, _, deletes := host.PolicyName(value.Name); deletes {
		value.Data = host.Data{} // a blank stands there
	}
	value.GPO = strings.Join(strings.Fields(cmp.Or(name, value.GPO, strings.TrimSpace(from.GPO.Name), from.GPO.Identifier)), " ")
	if value.GPO == "" {
		return
	}
	rank, err := strconv.Atoi(strings.TrimSpace(from.Precedence))
	if err != nil {
		rank = 1
	}
	place := host.ValueID(value.Key, value.Name)
	at, known := b.of[place]
	switch {
	case !known:
		b.of[place] = len(b.entries)
		b.entries = append(b.entries, policyEntry{value, rank})
	case rank < b.entries[at].precedence:
		b.entries[at] = policyEntry{value, rank}
	case rank == b.entries[at].precedence && b.entries[at].GPO != value.GPO && !strings.Contains(b.entries[at].GPO, value.GPO):
		// A policy and a preference: either may come last.
		b.entries[at].GPO += ", " + value.GPO
		b.entries[at].Data = host.Data{}
	}
}

// list are the entries that win.
func (b *policyBook) list() []host.PolicyValue {
	list := []host.PolicyValue{} // a report that names none is one too
	for _, e := range b.entries {
		if e.precedence <= 1 {
			list = append(list, e.PolicyValue)
		}
	}
	slices.SortFunc(list, func(a, c host.PolicyValue) int {
		return cmp.Compare(host.ValueID(a.Key, a.Name), host.ValueID(c.Key, c.Name))
	})
	return list
}
