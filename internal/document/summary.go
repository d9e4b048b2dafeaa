package document

import (
	"slices"

	"tlsready/internal/verdict"
)

// Summary counts hosts.
type Summary struct {
	Hosts        int `json:"hosts"`
	Connects     int `json:"connects"`
	Fails        int `json:"fails"`
	Unknown      int `json:"unknown"`
	NotInstalled int `json:"notInstalled"`
	Unreadable   int `json:"unreadable"`
}

// Count sums up hosts, each once, by its worst outcome over all services, see
// [Rank].
func Count(hosts []Host) Summary {
	worst := make(map[string]string, len(hosts))
	for i := range hosts {
		h := &hosts[i]
		if had, ok := worst[h.Host]; !ok || Rank(h.Verdict) < Rank(had) {
			worst[h.Host] = h.Verdict
		}
	}
	var sum Summary
	for _, v := range worst {
		sum.Add(v)
	}
	return sum
}

// Add counts one more host with a verdict.
func (s *Summary) Add(v string) {
	s.Hosts++
	switch verdict.Verdict(v) {
	case verdict.Connects:
		s.Connects++
	case verdict.Fails:
		s.Fails++
	case verdict.Unknown:
		s.Unknown++
	case verdict.NotInstalled:
		s.NotInstalled++
	case verdict.Unreadable:
		s.Unreadable++
	}
}

// The outcomes of rows and hosts as documents spell them; the last two are of
// hosts alone.
const (
	Fails        = string(verdict.Fails)
	Unknown      = string(verdict.Unknown)
	Connects     = string(verdict.Connects)
	Unreadable   = string(verdict.Unreadable)
	NotInstalled = string(verdict.NotInstalled)
)

// Rank orders verdicts, the worst first: fails, unknown, connects, unreadable,
// notInstalled. It is -1 for anything else.
func Rank(v string) int {
	return slices.Index([]verdict.Verdict{verdict.Fails, verdict.Unknown, verdict.Connects, verdict.Unreadable, verdict.NotInstalled}, verdict.Verdict(v))
}

// State is the verdict that decides of all.
func (s Summary) State() string {
	switch {
	case s.Fails > 0:
		return Fails
	case s.Unknown+s.Unreadable > 0 || s.Hosts == 0:
		return Unknown
	}
	return Connects
}
