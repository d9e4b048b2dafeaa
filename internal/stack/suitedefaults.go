package stack

import (
	"slices"
	"strings"

	"tlsready"
)

// suiteUpdate is one of the two updates that bring suites to Windows 7 to 10 1507.
type suiteUpdate int

const (
	needsNothing suiteUpdate = iota
	needsGCM                 // KB3042058, KB2919355: DHE_RSA and RSA with AES-GCM, and the order of today
	needsDHE                 // KB3161639: DHE_RSA with AES-CBC
)

// gates are the answers on the two updates.
type gates struct{ gcm, dhe tlsready.Answer }

// of is the answer for a suite by what it needs.
func (g gates) of(u suiteUpdate) tlsready.Answer {
	switch u {
	case needsGCM:
		return g.gcm
	case needsDHE:
		return g.dhe
	}
	return tlsready.Yes
}

// compileSuites reads a system's list and works out its defaults for every pair of answers in
// advance, to keep that work out of predictions.
func (s *system) compileSuites(list suiteList) error {
	s.needs = map[string]suiteUpdate{}
	for _, name := range list.Without {
		s.needs[strings.ToUpper(name)] = needsGCM
	}
	for _, name := range list.WithoutDHE {
		s.needs[strings.ToUpper(name)] = needsDHE
	}
	all := map[string]tlsready.OfferedSuite{}
	for _, name := range list.Default {
		suite, err := parseSuiteName(name)
		if err != nil {
			return err
		}
		s.supported[suite.Suite], all[name] = true, suite
	}
	for _, gcm := range []tlsready.Answer{tlsready.Unknown, tlsready.Yes, tlsready.No} {
		for _, dhe := range []tlsready.Answer{tlsready.Unknown, tlsready.Yes, tlsready.No} {
			g := gates{s.answerOf(s.SuitesUpdate, gcm), s.answerOf(s.DHESuitesUpdate, dhe)}
			for _, name := range s.orderOf(list, g) {
				suite := all[name]
				switch g.of(s.needs[strings.ToUpper(name)]) {
				case tlsready.No:
					continue
				case tlsready.Unknown:
					suite.Maybe = true
				}
				s.defaults[gcm][dhe] = append(s.defaults[gcm][dhe], suite)
			}
		}
	}
	return nil
}

// answerOf is the answer if the system knows the update; an update that it does not know is no
// obstacle.
func (s *system) answerOf(update string, answer tlsready.Answer) tlsready.Answer {
	if update == "" {
		return tlsready.Yes
	}
	return answer
}

// orderOf is the order of the default list: the older one puts RSA with AES-128 in
// front (a stock Windows 7 SP1, and the hellos of Internet Explorer 8 and 9).
func (s *system) orderOf(list suiteList, g gates) []string {
	if g.gcm != tlsready.No || len(list.Older) == 0 {
		return list.Default
	}
	names := slices.Clone(list.Default)
	place := func(name string) int {
		if i := slices.Index(list.Older, name); i >= 0 {
			return i
		}
		return len(list.Older)
	}
	slices.SortStableFunc(names, func(a, b string) int { return place(a) - place(b) })
	return names
}

// best is the default list of a system that has its updates.
func (s *system) best() []tlsready.OfferedSuite { return s.defaults[tlsready.Yes][tlsready.Yes] }
