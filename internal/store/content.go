package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/host"
)

// Hash is the SHA-256 of a content in hexadecimal; "" for no content.
type Hash string

func hashOf(body []byte) Hash {
	sum := sha256.Sum256(body)
	return Hash(hex.EncodeToString(sum[:]))
}

// Content is something that is kept once, however many hosts it is true of.
type Content struct {
	Hash Hash
	Body []byte // JSON
}

func contentOf(v any) (Content, error) {
	body, err := json.Marshal(v)
	return Content{Hash: hashOf(body), Body: body}, err
}

// SettingsContent is what a host is set to, without what tells hosts apart and without
// the moment, and with [Masked] secrets.
func SettingsContent(s *host.Snapshot) (Content, About, error) {
	about := About{Name: s.Name, Source: s.Source, OS: s.OS, Addresses: s.Addresses, Labels: s.Labels}
	bare := *s
	bare.Name, bare.Source, bare.Addresses, bare.Labels, bare.CollectedAt = "", "", nil, nil, time.Time{}
	masked(&bare)
	body, err := bare.Encode()
	if err != nil {
		return Content{}, about, err
	}
	return Content{Hash: hashOf(body), Body: body}, about, nil
}

// ReportHash tells apart what tokens for one use are spent on: hosts, each with the hash of
// its settings.
func ReportHash(settings map[string]Hash) Hash {
	body, _ := json.Marshal(settings) // texts alone, in the order of the names: no error
	return hashOf(body)
}

// SameComputer says whether two names are those of one computer, as far as they say it: a
// name without a domain is that of any domain (the environment of a script has no other).
func SameComputer(a, b string) bool {
	short, rest, whole := strings.Cut(a, ".")
	other, rest2, whole2 := strings.Cut(b, ".")
	return short != "" && strings.EqualFold(short, other) && (!whole || !whole2 || strings.EqualFold(rest, rest2))
}

// ReadSettings is a snapshot of its content and of what is known besides.
func ReadSettings(body []byte, about About, at time.Time) (*host.Snapshot, error) {
	s, err := host.Decode(body, nil)
	if err != nil {
		return nil, err
	}
	return SettingsOf(s, about, at), nil
}

// SettingsOf is the snapshot of a host that has the same settings as another. The two
// share their lists.
func SettingsOf(bare *host.Snapshot, about About, at time.Time) *host.Snapshot {
	s := *bare
	s.Name, s.Source, s.Addresses, s.Labels, s.CollectedAt = about.Name, about.Source, about.Addresses, about.Labels, at
	return &s
}

// mask stands for a secret.
const mask = "***"

var (
	// password is one in a URL (RFC 3986, section 3.2.1), as proxies have it.
	password = regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://[^\s/@:"']*):[^\s/@"']+@`)
	// secretName is the name of a value that holds one. Snapshots that are made from an
	// export of a whole hive have more keys than those of TLS.
	secretName = regexp.MustCompile(`(?i)passw|pwd|secret|credential|token|api.?key|private.?key`)
)

// masked replaces secrets by [mask]. None of them bears on a verdict.
func masked(s *host.Snapshot) {
	s.Registry = slices.Clone(s.Registry)
	for i := range s.Registry {
		s.Registry[i].Data = maskedData(s.Registry[i].Name, s.Registry[i].Data)
	}
	if s.Proxy != nil {
		proxy := host.Proxy{MachineConfig: map[string]string{}}
		for path, says := range s.Proxy.MachineConfig {
			proxy.MachineConfig[path] = Masked(says)
		}
		s.Proxy = &proxy
	}
	s.Policies = slices.Clone(s.Policies)
	for i := range s.Policies {
		s.Policies[i].Data = maskedData(s.Policies[i].Name, s.Policies[i].Data)
	}
}

// Masked is a text without the passwords of URLs in it.
func Masked(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	return password.ReplaceAllString(s, "${1}:"+mask+"@")
}

func maskedData(name string, d host.Data) host.Data {
	if secretName.MatchString(name) {
		switch d.Type {
		case host.DWORD, host.QWORD:
			return d // a switch, or a count
		case host.SZ, host.ExpandSZ:
			d.Text = mask
		case host.MultiSZ:
			d.Strings = []string{mask}
		default:
			d.Bytes = nil
		}
		return d
	}
	d.Text = Masked(d.Text)
	for i, s := range d.Strings {
		if m := Masked(s); m != s {
			d.Strings = slices.Clone(d.Strings)
			d.Strings[i] = m
		}
	}
	return d
}

// OutcomeContent is what was found of a host, without its names, so that hosts of which
// the same was found share it; and the hash of its changes, "" if there are none.
func OutcomeContent(o Outcome) (content Content, fix Hash, err error) {
	h := o.Host
	h.Host, h.Folder, h.Labels, h.Source, h.File, h.OS, h.Error, h.Hint = "", "", nil, "", "", nil, "", ""
	bare := Outcome{Host: h, Rows: make([]document.Verdict, len(o.Rows))}
	for i, r := range o.Rows {
		r.Host, r.Programs = "", nil
		bare.Rows[i] = r
	}
	if content, err = contentOf(bare); err != nil || len(h.Changes)+len(h.Prerequisites) == 0 {
		return content, "", err
	}
	changes, err := contentOf([]any{h.Changes, h.Prerequisites})
	return content, changes.Hash, err
}

// ReadOutcome is the outcome of a host from its content.
func ReadOutcome(body []byte, id string) (Outcome, error) {
	var o Outcome
	if err := json.Unmarshal(body, &o); err != nil {
		return o, err
	}
	o.Host.Host = id
	for i := range o.Rows {
		o.Rows[i].Host = id
	}
	return o, nil
}

// ProbeContent is what an endpoint answered, without how often it was asked: two probes
// that found the same are the same.
func ProbeContent(e *document.Endpoint) (Content, error) {
	bare := *e
	bare.Connections = 0
	bare.Evidence = make([]document.EndpointEvidence, len(e.Evidence))
	for i, one := range e.Evidence {
		one.Tries = 0
		bare.Evidence[i] = one
	}
	return contentOf(bare)
}

// ChangesContent is a fix.
func ChangesContent(changes []document.Change) (Content, error) {
	if changes == nil {
		changes = []document.Change{}
	}
	return contentOf(changes)
}
