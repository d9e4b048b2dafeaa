package host

import (
	"strings"

	"tlsready/internal/message"
)

// PolicyValue is a registry value that a group policy writes, or deletes, on a host whenever it
// is refreshed, whatever the registry holds now.
type PolicyValue struct {
	Key, Name string
	Data             // what is written, as far as that is known
	GPO       string // name of the group policy object that wins
}

// Prefixes of the names of values in a policy that stand for a deletion: of one value, and of
// all values of the key ([MS-GPREG] section 3.2.5.1).
const (
	policyDeletes    = "**del."
	policyDeletesAll = "**delvals."
)

// PolicyName is the name of the value that a policy's entry is about; all says that it is about
// every value of its key.
func PolicyName(name string) (value string, all, deletes bool) {
	low := strings.ToLower(name)
	switch {
	case low == policyDeletesAll:
		return "", true, true
	case strings.HasPrefix(low, policyDeletes):
		return name[len(policyDeletes):], false, true
	}
	return name, false, false
}

// Policy finds the group policy object that will undo a change of a value: it writes the value
// again, and not to what the change writes.
func (v *View) Policy(r Ref, c Change) (gpo string, undoes bool) {
	v.yesNo(question{kind: askPolicy, text: r.folded}, func() bool { return false })
	list := v.policies(r.folded)
	if len(list) == 0 {
		return "", false
	}
	p := list[0]
	if !c.Delete && p.Type != "" && p.Data.Equal(c.Data) {
		return "", false
	}
	return p.GPO, true
}

// policies are the entries about a value.
func (s *Snapshot) policies(folded string) (list []PolicyValue) {
	for _, p := range s.Policies {
		if name, all, _ := PolicyName(p.Name); all && strings.HasPrefix(folded, Fold(p.Key)+"\x00") || !all && ValueID(p.Key, name) == folded {
			list = append(list, p)
		}
	}
	return list
}

func appendPolicies(to []byte, list []PolicyValue) []byte {
	for i := range list {
		to = list[i].appendState(appendText(to, list[i].GPO))
	}
	return to
}

// storedPolicy is how a policy's entry stands in a snapshot.
type storedPolicy struct {
	Key   string `json:"key"`
	Name  string `json:"name"`
	GPO   string `json:"gpo"`
	Type  Type   `json:"type,omitempty"`
	Value any    `json:"value,omitempty"`
}

func storedPolicies(list []PolicyValue) ([]storedPolicy, error) {
	var out []storedPolicy
	for _, p := range list {
		one := storedPolicy{Key: p.Key, Name: p.Name, GPO: p.GPO}
		if p.Type != "" {
			raw, err := p.JSON()
			if err != nil {
				return nil, err
			}
			one.Type, one.Value = p.Type, raw
		}
		out = append(out, one)
	}
	return out, nil
}

// policy reads one entry of a policy.
func (d *decoder) policy() error {
	start, e, gpo := d.at, rawEntry{}, ""
	err := d.object(func(key string) (err error) {
		if key == "gpo" {
			gpo, err = d.str("string")
			return err
		}
		return d.entryMember(&e, key)
	})
	switch {
	case err != nil:
		return err
	case !e.has[0] || !e.has[1] || gpo == "":
		return d.fail(start, "host.policy")
	case e.has[2] != e.has[3]:
		return d.fail(start, "host.missing", message.Quote("key", entryKeys[2+b2i(e.has[2])]))
	case e.has[2]:
		if e.Data, err = d.data(e.Type, e.raw, e.rawAt); err != nil {
			return err
		}
	}
	d.out.Policies = append(d.out.Policies, PolicyValue{Key: e.Key, Name: e.Name, Data: e.Data, GPO: gpo})
	return nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
