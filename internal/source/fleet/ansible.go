package fleet

import (
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/winver"
)

// sniffAnsible recognises fact caches, the JSON output of a play, and results of
// win_reg_stat.
func sniffAnsible(head []byte) bool {
	text := headText(head)
	if !isJSON(text) {
		return false
	}
	for _, words := range [][]string{
		{`"ansible_facts"`},
		{`"ansible_os_family"`},
		{`"ansible_distribution`},
		{`"ansible_`, `"module_setup"`},
		{`"distribution_version"`, `"architecture"`}, // ansible_facts, whose keys have no prefix
		{`"plays"`, `"play"`},
		{`"exists"`, `"invocation"`},
		{`"exists"`, `"sub_keys"`},
		{`"tlsready_registry"`},
	} {
		if holdsAll(text, words...) {
			return true
		}
	}
	return false
}

// readAnsible reads the fact cache of one machine with the registered results of
// win_reg_stat in it, or the output of a play over many (the json callback).
func readAnsible(path string, data []byte, opt source.Options) ([]source.Host, error) {
	values, err := decodeJSON(path, data)
	if err != nil {
		return nil, err
	}
	a := ansible{path: path}
	for _, v := range values {
		if list := asList(v); list != nil {
			v = map[string]any{"results": list}
		}
		o := asObject(v)
		if plays := asList(o["plays"]); plays != nil {
			a.plays(plays)
		} else if o != nil {
			a.result(a.get(o.text("inventory_hostname", "ansible_hostname")), o)
		}
	}
	if len(a.list) == 0 {
		return nil, message.Error("fleet.no-facts").At(path)
	}
	return a.hosts("ansible", path, opt), nil
}

type ansible struct {
	machines
	path string
}

func (a *ansible) plays(plays []any) {
	for _, play := range plays {
		for _, task := range asList(asObject(play)["tasks"]) {
			hosts := asObject(asObject(task)["hosts"])
			for _, name := range hosts.keys() {
				a.result(a.get(name), asObject(hosts[name]))
			}
		}
	}
}

// result takes facts, a result of win_reg_stat, or an object that holds some.
func (a *ansible) result(m *machine, o object) {
	if o == nil {
		return
	}
	if o["unreachable"] == true {
		m.fail(message.At(a.path, message.Error("fleet.unreachable", message.Str("said", clip(o.text("msg")))).At(m.id)))
		return
	}
	if text := o.failure(); text != "" && !o.has("results") {
		if key := regStatKey(o); key != "" {
			m.say(lost, key)
		} else {
			m.fail(message.At(a.path, message.Error("fleet.task-failed", message.Str("said", clip(text))).At(m.id)))
		}
		return
	}
	m.facts(o)
	if o.has("exists") {
		if err := m.regStat(o); err != nil {
			m.fail(message.At(a.path, message.At(m.id, err)))
		}
		return
	}
	for _, name := range o.keys() {
		switch inner := o[name].(type) {
		case map[string]any:
			if name != "invocation" && name != "item" {
				a.nested(m, inner)
			}
		case []any:
			if name == "results" || name == "tlsready_registry" {
				for _, one := range inner {
					a.result(m, asObject(one))
				}
			}
		}
	}
}

// nested goes into registered variables, and no deeper than they lie.
func (a *ansible) nested(m *machine, o object) {
	if o.has("exists") || o.has("results") || o.get("ansible_distribution_version", "distribution_version") != nil {
		a.result(m, o)
	}
}

// facts takes what the setup module gathered; a cache may leave the prefix out.
func (m *machine) facts(o object) {
	fact := func(name string) string { return o.text("ansible_"+name, name) }
	if version := fact("distribution_version"); version != "" {
		m.stated(version)
		m.os.Name = firstText(fact("os_name"), fact("distribution"))
		m.os.Architecture = firstText(fact("architecture2"), fact("architecture"))
		m.os.Type = winver.TypeByProduct(fact("os_product_type"))
		m.name = firstText(fact("fqdn"), fact("hostname"))
		for _, a := range asList(o.get("ansible_ip_addresses", "ip_addresses")) {
			if text, ok := a.(string); ok {
				m.addresses = append(m.addresses, text)
			}
		}
	}
}

func firstText(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// regStat takes a result of win_reg_stat. Which key it was stands in the
// module's arguments, or in the item of a loop.
func (m *machine) regStat(o object) error {
	key := regStatKey(o)
	if key == "" {
		return message.Error("fleet.ansible-no-key")
	}
	exists, told := o["exists"].(bool)
	name, single := asObject(asObject(o["invocation"])["module_args"])["name"].(string)
	properties := asObject(o["properties"])
	switch {
	case !told:
		m.say(lost, key)
		return nil
	case single:
		m.say(named, key, name)
		if !exists {
			return nil
		}
		return m.stat(key, name, o)
	case !exists:
		m.say(gone, key)
		return nil
	case properties == nil:
		m.say(lost, key)
		return nil
	}
	m.below(key, o["sub_keys"])
	for _, property := range properties.keys() {
		if err := m.stat(key, property, asObject(properties[property])); err != nil {
			return err
		}
	}
	return nil
}

// regStatKey is the key that a result is about, "" if it does not say so.
func regStatKey(o object) string {
	args := asObject(asObject(o["invocation"])["module_args"])
	key := firstText(args.text("path", "key"), o.text("item", "path"))
	if item := asObject(o["item"]); key == "" && item != nil {
		key = item.text("path", "key")
	}
	if key = normalKey(key); !strings.HasPrefix(key, "HK") {
		return ""
	}
	return key
}

// below notes a key whose values came, and the names of the keys below it, if
// the list of these is complete.
func (m *machine) below(key string, list any) {
	names := []string{}
	for _, sub := range asList(list) {
		text, ok := sub.(string)
		if !ok {
			m.say(own, key)
			return
		}
		names = append(names, text)
	}
	if asList(list) == nil {
		m.say(own, key)
		return
	}
	m.say(listed, key, names...)
}

// stat takes one value: its type, and the raw value if there is one.
func (m *machine) stat(key, name string, o object) error {
	t := typeNamed(o.text("type"))
	value := o.get("raw_value")
	if value == nil || t == "REG_BINARY" {
		value = o.get("value")
	}
	if t == "" {
		return message.Error("fleet.value-type", message.Str("key", key), message.Str("name", name), message.Quote("type", clip(o.text("type"))))
	}
	d, err := fromAny(t, value)
	if err != nil {
		return message.Error("fleet.value", message.Str("key", key), message.Str("name", name), message.Cause("why", err))
	}
	m.set(key, name, d)
	return nil
}
