package document

import (
	"bytes"
	"encoding/json"

	"tlsready/internal/host"
)

// The data of a registry value stay typed until they are printed; in JSON they
// are the members "type" and "value". Without a type there are no data.

// typed is how data stand in JSON.
type typed struct {
	Type  host.Type       `json:"type,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

func typedOf(d host.Data) (typed, error) {
	if d.Type == "" {
		return typed{}, nil
	}
	raw, err := d.JSON()
	return typed{d.Type, raw}, err
}

// data reads the members back; the zero value if there is no type.
func (t typed) data() (host.Data, error) {
	if t.Type == "" {
		return host.Data{}, nil
	}
	return host.ParseData(t.Type, t.Value)
}

type rawChange struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	typed
	Delete   bool     `json:"delete,omitempty"`
	WholeKey bool     `json:"wholeKey,omitempty"`
	Before   *Before  `json:"before,omitempty"`
	Owner    string   `json:"owner,omitempty"`
	Policy   string   `json:"policy,omitempty"`
	Services []string `json:"services,omitempty"`
	Citation string   `json:"citation,omitempty"`
}

// MarshalJSON writes the form of contract §6.
func (c Change) MarshalJSON() ([]byte, error) {
	t, err := typedOf(c.Data)
	if err != nil {
		return nil, err
	}
	return marshal(rawChange{c.Key, c.Name, t, c.Delete, c.WholeKey, c.Before, c.Owner, c.Policy, c.Services, c.Citation})
}

// UnmarshalJSON reads what [Change.MarshalJSON] writes.
func (c *Change) UnmarshalJSON(text []byte) error {
	var raw rawChange
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	data, err := raw.data()
	*c = Change{raw.Key, raw.Name, data, raw.Delete, raw.WholeKey, raw.Before, raw.Owner, raw.Policy, raw.Services, raw.Citation}
	return err
}

type rawBefore struct {
	State host.State `json:"state"`
	typed
}

// MarshalJSON writes the form of contract §6.
func (b Before) MarshalJSON() ([]byte, error) {
	t, err := typedOf(b.Data)
	if err != nil {
		return nil, err
	}
	return marshal(rawBefore{b.State, t})
}

// UnmarshalJSON reads what [Before.MarshalJSON] writes.
func (b *Before) UnmarshalJSON(text []byte) error {
	var raw rawBefore
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	data, err := raw.data()
	*b = Before{raw.State, data}
	return err
}

type rawEvidence struct {
	Key   string     `json:"key"`
	Name  string     `json:"name"`
	State host.State `json:"state"`
	typed
}

// MarshalJSON writes the form of contract §6.
func (e Evidence) MarshalJSON() ([]byte, error) {
	t, err := typedOf(e.Data)
	if err != nil {
		return nil, err
	}
	return marshal(rawEvidence{e.Key, e.Name, e.State, t})
}

// UnmarshalJSON reads what [Evidence.MarshalJSON] writes.
func (e *Evidence) UnmarshalJSON(text []byte) error {
	var raw rawEvidence
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	data, err := raw.data()
	*e = Evidence{raw.Key, raw.Name, raw.State, data}
	return err
}

// marshal leaves < and & as they are; the encoder around it decides on them.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
