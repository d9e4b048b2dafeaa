package service

import (
	"go.yaml.in/yaml/v3"
)

// phaseError is what is wrong with the phase at a place of the file.
type phaseError struct {
	at  int
	why error
}

// Error is what is wrong.
func (e *phaseError) Error() string { return e.why.Error() }

// phaseLine is the line on which a phase of a file begins, or 0 if it has none.
func phaseLine(data []byte, at int) int {
	phases := phaseNodes(data)
	if at >= len(phases) {
		return 0
	}
	return phases[at].Line
}

// phaseNodes are the phases as the file has them.
func phaseNodes(data []byte) []yaml.Node {
	var file struct {
		Phases []yaml.Node `yaml:"phases"`
	}
	if yaml.Unmarshal(data, &file) != nil {
		return nil
	}
	return file.Phases
}

// OutOfOrder says whether a profile's file has a phase below a later one, and gives the
// line of the first such phase. The file has been read by [Parse].
func OutOfOrder(data []byte) (line int, found bool) {
	var last Date
	for _, n := range phaseNodes(data) {
		var ph Phase
		if n.Decode(&ph) != nil {
			return 0, false
		}
		if ph.From.Before(last.Time) {
			return n.Line, true
		}
		last = ph.From
	}
	return 0, false
}
