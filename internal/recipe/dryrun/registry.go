package dryrun

import (
	"encoding/hex"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/script"
)

// regOptions are the options of reg add and reg delete.
type regOptions struct {
	name, kind, data, separator, view string
	hasName, all, force               bool
}

// word is an argument of a program; not known if it holds something that the script does
// not say.
type word struct {
	text  string
	known bool
}

func joined(words []word) string {
	list := make([]string, len(words))
	for i, w := range words {
		if list[i] = w.text; !w.known {
			list[i] = "…"
		}
	}
	return strings.Join(list, " ")
}

// wow says how reg.exe is told its view: a batch file leaves it to the shell.
type regCall struct {
	*notes
	state *state
	at    script.Pos
	gone  func(what string) bool // notes a call that does not happen
	batch bool                   // the call stands in a batch file
}

// reg reads a call of reg.exe: its arguments without the program itself. It gives
// false if the call only reads.
func (c *regCall) reg(args []word) (writes bool) {
	if len(args) == 0 {
		return false
	}
	verb := strings.ToLower(args[0].text)
	switch {
	case !args[0].known:
	case verb == "add" || verb == "delete":
		c.change(args[1:], verb == "delete")
		return true
	case verb == "import" && c.importing(args[1:], "reg "+joined(args)):
		return true
	case verb == "query" || verb == "export" || verb == "save" || verb == "compare" || verb == "flags" || verb == "/?" || verb == "-?":
		return false
	}
	// import, copy, restore, load, unload: what they bring stands elsewhere.
	if !c.gone("reg " + joined(args)) {
		c.opaque(c.at, "cmd-not-understood", message.Str("command", "reg "+joined(args)))
	}
	return true
}

func (c *regCall) change(args []word, isDelete bool) {
	what := "reg " + map[bool]string{true: "delete ", false: "add "}[isDelete] + joined(args)
	if len(args) == 0 || c.gone(what) {
		return
	}
	if !args[0].known {
		c.opaque(c.at, "cmd-not-understood", message.Str("command", what))
		return
	}
	defer func(narrow bool) { c.narrow = narrow }(c.narrow)
	key, away := localKey(args[0].text)
	o, bad := readRegOptions(args[1:])
	switch {
	case away:
		c.opaque(c.at, "other-machine", message.Str("what", what))
		return
	case bad != nil && bad.known && !strings.HasPrefix(bad.text, "/"):
		c.find(c.at, recipe.Error, "cmd-key-unquoted")
		return
	case bad != nil:
		c.opaque(c.at, "cmd-not-understood", message.Str("command", what))
		return
	case !rooted(key): // reg.exe refuses it
		c.find(c.at, recipe.Error, "cmd-no-root", message.Str("key", key))
		return
	}
	key = host.NormalKey(key)
	switch {
	case o.view == "32":
		key = wowKey(key)
	case o.view == "64":
		c.narrow = false
	case o.view == "" && c.batch && strings.HasPrefix(host.Fold(key), `hklm\software\`):
		c.find(c.at, recipe.Note, "cmd-no-view")
	}
	if !o.force {
		c.find(c.at, recipe.Warning, "cmd-no-force")
	}
	c.put(key, o, isDelete, what)
}

// put notes what the command does to its key.
func (c *regCall) put(key string, o regOptions, isDelete bool, what string) {
	e := effect{change: host.Change{Key: key, Name: o.name, Delete: isDelete}, data: true, at: c.at}
	switch {
	case isDelete && o.all: // every value of the key, but not the keys below it
		c.unsure(c.at, "cmd-deletes-values", host.Unsure{Key: key, Tree: true}, message.Str("key", key))
		return
	case isDelete && !o.hasName:
		e.change.Tree, e.change.Name = true, ""
	case !o.hasName:
		return // makes the key alone
	case !isDelete:
		if !o.known() {
			e.data = false
			break
		}
		data, ok := parseRegData(o)
		if !ok {
			c.find(c.at, recipe.Error, "cmd-bad-data", message.Str("command", what))
			return
		}
		e.change.Data = data
	}
	c.write(c.state, e)
}

// unknownText stands in an option for what the script does not say.
const unknownText = "\ue000"

func (o regOptions) known() bool {
	return !strings.Contains(o.kind+o.data+o.separator, unknownText)
}

// localKey takes the name of this machine off a key; away is true for the name of
// another one.
func localKey(key string) (local string, away bool) {
	rest, ok := strings.CutPrefix(key, `\\`)
	if !ok {
		return key, false
	}
	machine, below, _ := strings.Cut(rest, `\`)
	machine = strings.ToLower(machine)
	if machine == "." || machine == "localhost" || machine == "127.0.0.1" {
		return below, false
	}
	return below, true
}

// rooted says whether a key begins with a root that reg.exe knows.
func rooted(key string) bool {
	root, _, _ := strings.Cut(host.NormalKey(key), `\`)
	switch strings.ToUpper(root) {
	case "HKLM", "HKCU", "HKU", "HKCR", "HKCC":
		return true
	}
	return false
}

// readRegOptions gives the first argument that it cannot read as bad.
func readRegOptions(args []word) (o regOptions, bad *word) {
	for i := 0; i < len(args); i++ {
		low := strings.ToLower(args[i].text)
		if strings.HasPrefix(low, "-") {
			low = "/" + low[1:]
		}
		target := map[string]*string{"/v": &o.name, "/t": &o.kind, "/d": &o.data, "/s": &o.separator}[low]
		switch {
		case !args[i].known:
			return o, &args[i]
		case target != nil && i+1 < len(args):
			i++
			if *target = args[i].text; !args[i].known {
				if low == "/v" {
					return o, &args[i]
				}
				*target = unknownText
			}
			o.hasName = o.hasName || low == "/v"
		case low == "/ve":
			o.hasName = true
		case low == "/va":
			o.all = true
		case low == "/f":
			o.force = true
		case low == "/reg:32" || low == "/reg:64":
			o.view = low[5:]
		default:
			return o, &args[i]
		}
	}
	return o, nil
}

// wowKey is the place where the 32-bit view keeps a key of HKLM\SOFTWARE.
func wowKey(key string) string {
	const software = `HKLM\SOFTWARE\`
	if len(key) < len(software) || !strings.EqualFold(key[:len(software)], software) ||
		strings.HasPrefix(strings.ToLower(key[len(software):]), "wow6432node") {
		return key
	}
	return key[:len(software)] + `Wow6432Node\` + key[len(software):]
}

// parseRegData types the text behind /d; REG_SZ without /t.
func parseRegData(o regOptions) (host.Data, bool) {
	d := host.Data{Type: host.Type(strings.ToUpper(o.kind))}
	var err error
	switch d.Type {
	case host.DWORD:
		d.Number, err = parseRegNumber(o.data, 32)
	case host.QWORD:
		d.Number, err = parseRegNumber(o.data, 64)
	case "", host.SZ:
		d.Type, d.Text = host.SZ, o.data
	case host.ExpandSZ:
		d.Text = o.data
	case host.MultiSZ:
		separator := o.separator
		if separator == "" {
			separator = `\0`
		}
		for item := range strings.SplitSeq(o.data, separator) {
			if item != "" {
				d.Strings = append(d.Strings, item)
			}
		}
	case host.Binary, host.None:
		d.Bytes, err = hex.DecodeString(o.data)
	default:
		return d, false
	}
	return d, err == nil
}

// parseRegNumber reads decimal and 0x; no data at all are 0.
func parseRegNumber(text string, bits int) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	if low := strings.ToLower(text); strings.HasPrefix(low, "0x") {
		return strconv.ParseUint(low[2:], 16, bits)
	}
	return strconv.ParseUint(text, 10, bits)
}

// harmlessProgram says whether a program, by its name without .exe, writes no
// setting that TLS depends on. What installs, registers or runs something else is
// not among them.
func harmlessProgram(name string) bool {
	switch name {
	case "echo", "iisreset", "net", "net1", "sc", "shutdown", "ping", "ipconfig", "nslookup", "tracert", "whoami", "hostname", "systeminfo",
		"tasklist", "taskkill", "timeout", "choice", "find", "findstr", "more", "sort", "where", "tree", "attrib", "icacls", "cacls", "takeown",
		"xcopy", "robocopy", "eventcreate", "wevtutil", "gpresult", "gpupdate", "query", "quser", "logoff", "curl", "bitsadmin", "fltmc",
		"openfiles", "fsutil", "driverquery", "notepad", "clip", "chcp", "klist", "w32tm", "arp", "route", "netstat", "getmac", "msg",
		"tzutil", "powercfg", "nltest", "setspn", "netsh", "appcmd", "mode", "tar", "expand", "forfiles", "cipher", "vol", "subst":
		return true
	}
	return false
}

// RegData types text as reg.exe does behind /t and /d.
func RegData(kind, data string) (host.Data, bool) {
	return parseRegData(regOptions{kind: kind, data: data})
}
