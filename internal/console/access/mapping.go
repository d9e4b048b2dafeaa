package access

import (
	"cmp"
	"encoding/json"
	"slices"

	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/strictyaml"
)

// Mapping says what users of a provider may, by what the provider says of them.
type Mapping struct {
	// Name is the claim that people are called by; "preferred_username" if it is empty.
	Name string `yaml:"name"`
	// Rules are looked at one by one: all that fit count, and the highest role in a tenant.
	Rules []Rule `yaml:"rules"`
}

// Rule gives a role to those of whom a claim has a value.
type Rule struct {
	Claim  string `yaml:"claim"`
	Is     string `yaml:"is"`
	Role   string `yaml:"role"`
	Tenant string `yaml:"tenant"` // "*" for all
}

// ReadMapping reads a file of rules.
func ReadMapping(data []byte) (m Mapping, err error) {
	if err := strictyaml.Decode(data, &m); err != nil {
		return m, err
	}
	if len(m.Rules) == 0 {
		return m, message.Error("access.mapping.empty").Hinted("access.hint.mapping")
	}
	for i, r := range m.Rules {
		switch {
		case r.Claim == "" || r.Is == "":
			return m, message.Error("access.mapping.claim", message.Int("n", i+1)).Hinted("access.hint.mapping")
		case !slices.Contains(Roles(), r.Role):
			return m, message.Error("access.mapping.role", message.Int("n", i+1), message.Quote("role", r.Role), message.List("known", Roles())).Hinted("access.hint.mapping")
		case r.Tenant != everyTenant && store.CheckTenant(r.Tenant) != nil:
			return m, message.Error("access.mapping.tenant", message.Int("n", i+1)).Hinted("access.hint.mapping")
		}
	}
	return m, nil
}

// roles are those that claims stand for, by tenant.
func (m Mapping) roles(claims map[string]any) map[string]string {
	found := map[string]string{}
	for _, r := range m.Rules {
		if r.fits(claims) && roleOf(r.Role) > roleOf(found[r.Tenant]) {
			found[r.Tenant] = r.Role
		}
	}
	return found
}

// fits says whether a claim has the value of the rule, or has it in its list. An address
// that the provider has not verified is one that anybody can write there.
func (r Rule) fits(claims map[string]any) bool {
	if r.Claim == "email" && claims["email_verified"] != true {
		return false
	}
	switch v := claims[r.Claim].(type) {
	case string:
		return v == r.Is
	case bool, float64, json.Number:
		text, _ := json.Marshal(v) // plain values: no error
		return string(text) == r.Is
	case []any:
		return slices.Contains(v, any(r.Is))
	}
	return false
}

// called is what somebody is called.
func (m Mapping) called(claims map[string]any, subject string) string {
	for _, claim := range []string{cmp.Or(m.Name, "preferred_username"), "email"} {
		if s, ok := claims[claim].(string); ok && s != "" {
			return store.Text(s)
		}
	}
	return subject
}
