package host

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"tlsready/internal/message"
)

// encoded is the written form: an empty list that was asked for stays apart
// from one that was not.
type encoded struct {
	Schema       string               `json:"schema"`
	Name         string               `json:"name"`
	Labels       map[string]string    `json:"labels,omitempty"`
	Addresses    []string             `json:"addresses,omitempty"`
	CollectedAt  time.Time            `json:"collectedAt,omitzero"`
	Source       string               `json:"source,omitempty"`
	OS           OS                   `json:"os"`
	Covered      []string             `json:"covered"`
	Shallow      []string             `json:"shallow,omitempty"`
	Absent       []ValueName          `json:"absent,omitempty"`
	Registry     []Value              `json:"registry"`
	Updates      *Updates             `json:"updates,omitempty"`
	Files        *map[string]string   `json:"files,omitempty"`
	Certificates *encodedCertificates `json:"certificates,omitempty"`
	Programs     *[]Program           `json:"programs,omitempty"`
	Proxy        *Proxy               `json:"proxy,omitempty"`
	Policies     []storedPolicy       `json:"policies,omitempty"`
	Notes        []message.Stored     `json:"notes,omitempty"`
}

type encodedCertificates struct {
	Root         *[]string `json:"root,omitempty"`
	Intermediate *[]string `json:"intermediate,omitempty"`
}

// Encode writes the snapshot as indented JSON, lists sorted, so that the same
// host gives the same bytes. [Decode] reads it.
func (s *Snapshot) Encode() ([]byte, error) {
	e := encoded{
		Schema: Schema, Name: s.Name, Labels: s.Labels, CollectedAt: s.CollectedAt, Source: s.Source, OS: s.OS,
		Covered: sortedFold(s.Covered), Registry: sortedValues(s.Registry),
	}
	e.Addresses = slices.Compact(slices.Sorted(slices.Values(s.Addresses)))
	if len(s.Shallow) > 0 {
		e.Shallow = sortedFold(s.Shallow)
	}
	e.Absent = slices.SortedFunc(slices.Values(s.Absent), func(a, b ValueName) int {
		return cmp.Or(compareFold(a.Key, b.Key), compareFold(a.Name, b.Name))
	})
	if s.Updates != nil {
		e.Updates = &Updates{Complete: s.Updates.Complete, IDs: sortedFold(s.Updates.IDs)}
	}
	if s.Files != nil {
		files := maps.Clone(s.Files)
		e.Files = &files
	}
	if s.Proxy != nil {
		e.Proxy = &Proxy{MachineConfig: map[string]string{}}
		maps.Copy(e.Proxy.MachineConfig, s.Proxy.MachineConfig)
	}
	if s.Certificates != nil {
		e.Certificates = &encodedCertificates{Root: asked(s.Certificates.Root), Intermediate: asked(s.Certificates.Intermediate)}
	}
	if s.Programs != nil {
		programs := slices.SortedFunc(slices.Values(*s.Programs), func(a, b Program) int {
			return cmp.Or(compareFold(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
		})
		if programs == nil {
			programs = []Program{}
		}
		e.Programs = &programs
	}
	var err error
	e.Policies, err = storedPolicies(slices.SortedStableFunc(slices.Values(s.Policies), func(a, b PolicyValue) int {
		return cmp.Or(compareFold(a.Key, b.Key), compareFold(a.Name, b.Name))
	}))
	if err != nil {
		return nil, message.Error("host.write", message.Str("name", s.Name), message.Cause("why", err))
	}
	for _, note := range s.Notes {
		e.Notes = append(e.Notes, note.Store())
	}
	var out bytes.Buffer
	w := json.NewEncoder(&out)
	w.SetEscapeHTML(false)
	w.SetIndent("", "  ")
	if err := w.Encode(e); err != nil {
		return nil, message.Error("host.write", message.Str("name", s.Name), message.Cause("why", err))
	}
	return out.Bytes(), nil
}

// MarshalJSON is Encode, for what holds snapshots.
func (s *Snapshot) MarshalJSON() ([]byte, error) { return s.Encode() }

// asked is nil for a list that was not asked for.
func asked(list []string) *[]string {
	if list == nil {
		return nil
	}
	sorted := sortedFold(list)
	return &sorted
}

func sortedFold(list []string) []string {
	sorted := slices.SortedFunc(slices.Values(list), compareFold)
	if sorted == nil {
		return []string{}
	}
	return sorted
}

func sortedValues(list []Value) []Value {
	sorted := append([]Value{}, list...)
	slices.SortStableFunc(sorted, CompareValues)
	return sorted
}

// CompareValues orders values by key, then by name, without case.
func CompareValues(a, b Value) int {
	return cmp.Or(compareFold(a.Key, b.Key), compareFold(a.Name, b.Name))
}

// compareFold compares without case; spelling decides between equal ones, so
// that the order is always the same.
func compareFold(a, b string) int {
	return cmp.Or(cmp.Compare(Fold(a), Fold(b)), cmp.Compare(a, b))
}
