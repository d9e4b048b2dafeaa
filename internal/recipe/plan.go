// Package recipe writes change sets in each team's format and reads them back.
package recipe

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Plan is what one group of hosts needs: hosts of the same system and
// architecture that start from the same state.
type Plan struct {
	What          string   // short name for the folder; the system's name if empty
	Hosts         []string // host ids
	Names         []string // as the hosts name themselves, in the order of Hosts; "" or missing if that is not known
	OS            host.OS
	Changes       []host.Change // keys in the 64-bit view, Before absent or present
	Prerequisites []Prerequisite
	Restart       Restart
	Endpoint      string // host:port that verify connects to
	// Rehearsal says that Endpoint is a rehearsal server: its answer counts, not only that
	// a handshake came about.
	Rehearsal bool
	Callers   []Caller       // what verify connects as
	Notes     []message.Text // for the head of each file
}

// Prerequisite is what has to be there before the changes can help.
type Prerequisite struct {
	Kind string       // update, certificate, policy, program, operating-system
	ID   string       // "KB3140245"
	Or   message.Text // what serves as well; zero for nothing
}

// Caller is one way in which verify connects.
type Caller struct {
	ID     string // "dotnet-4.5-x86"; printed as it is
	Stack  string // StackWinHTTP, StackDotNet, or another that a script cannot drive
	Target string // .NET Framework version that is targeted: "4.5", "3.5"
	Bits   int    // 32 or 64
}

// The stacks that a script can drive.
const (
	StackWinHTTP = "winhttp"
	StackDotNet  = "dotnet"
)

// Restart is what has to start anew before the changes hold.
type Restart string

// The kinds of restart, as check/v1 spells them.
const (
	RestartNone    Restart = "none"
	RestartProcess Restart = "process"
	RestartService Restart = "service"
	RestartReboot  Restart = "reboot"
)

// The exit statuses of the written scripts. RebootNeeded is Windows'
// ERROR_SUCCESS_REBOOT_REQUIRED, on which software distribution restarts the
// machine; it is therefore given for Restart "reboot" alone.
const (
	ExitDone         = 0
	ExitFailed       = 1
	ExitNotElevated  = 5
	ExitRebootNeeded = 3010
)

// ExitStatus is the status of a script that has changed something.
func (r Restart) ExitStatus() int {
	if r == RestartReboot {
		return ExitRebootNeeded
	}
	return ExitDone
}

// Undo lists the changes that take the plan back, last first.
func (p Plan) Undo() []host.Change {
	undo := make([]host.Change, 0, len(p.Changes))
	for _, c := range slices.Backward(p.Changes) {
		undo = append(undo, c.Undo())
	}
	return undo
}

// ID names the plan by its changes: the same changes from the same state have
// the same id, 12 hex digits.
func (p Plan) ID() string {
	type row struct {
		Key, Name string
		Data      host.Data
		Delete    bool
		Before    host.Before
	}
	rows := make([]row, len(p.Changes))
	for i, c := range p.Changes {
		rows[i] = row{c.Key, c.Name, c.Data, c.Delete, c.Before}
	}
	text, err := json.Marshal(rows)
	if err != nil { // plain structs of strings, numbers and bytes
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// maxData bounds one string or binary value: registry documentation advises
// against larger values, and no TLS setting comes near it.
const maxData = 64 << 10

// Validate refuses plans that cannot be written in a way that does what they say,
// and those whose undo is not known.
func (p Plan) Validate() error {
	if len(p.Changes) == 0 {
		return Refuse("nothing")
	}
	switch p.Restart {
	case RestartNone, RestartProcess, RestartService, RestartReboot:
	default:
		return Refuse("restart", message.Str("restart", string(p.Restart)))
	}
	if err := CheckEndpoint(p.Endpoint); err != nil {
		return err
	}
	if err := p.checkCallers(); err != nil {
		return err
	}
	seen := map[host.Ref]bool{}
	for _, c := range p.Changes {
		if err := checkChange(c, p.OS.X86()); err != nil {
			return At(c.Key, c.Name, err)
		}
		ref := host.NewRef(strings.ToLower(c.Key), strings.ToLower(c.Name))
		if seen[ref] {
			return At(c.Key, c.Name, Refuse("twice"))
		}
		seen[ref] = true
	}
	return nil
}

func (p Plan) checkCallers() error {
	for _, c := range p.Callers {
		id := message.Str("id", c.ID)
		switch {
		case !plainText(c.ID, "-.:_,"): // dotnet-4.0-x64:tls1.0,tls1.1
			return Refuse("caller-id", id)
		case c.Bits != 32 && c.Bits != 64:
			return Refuse("caller-bits", id, message.Int("bits", c.Bits))
		case c.Bits == 64 && p.OS.X86():
			return Refuse("caller-x86", id)
		case c.Stack == StackDotNet && !plainText(c.Target, "."):
			return Refuse("caller-target", id, message.Str("target", c.Target))
		}
	}
	return nil
}

// CheckEndpoint holds an endpoint, HOST:PORT, to what is safe inside any script; "" is one.
func CheckEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	name, port, err := SplitEndpoint(endpoint)
	if err != nil || name == "" || port == 0 || !plainText(name, "-._:") {
		return Refuse("endpoint", message.Str("endpoint", endpoint))
	}
	return nil
}

func plainText(s, extra string) bool {
	for _, r := range s {
		if r < '0' || r > 'z' || (r > '9' && r < 'A') || (r > 'Z' && r < 'a') {
			if !strings.ContainsRune(extra, r) {
				return false
			}
		}
	}
	return s != ""
}

func checkChange(c host.Change, x86 bool) error {
	root, path, _ := strings.Cut(c.Key, `\`)
	switch {
	case path == "" || (root != "HKLM" && root != "HKU"):
		return Refuse("root")
	case c.Key != host.NormalKey(c.Key) || strings.Contains(c.Key, `\\`):
		return Refuse("spelling")
	case x86 && slices.ContainsFunc(strings.Split(path, `\`), isWow):
		return Refuse("wow")
	case hasControl(c.Key) || hasControl(c.Name):
		return Refuse("name-control")
	case c.Tree:
		return Refuse("tree")
	case c.Before.State != host.Absent && c.Before.State != host.Present:
		return Refuse("undo", message.Str("state", string(c.Before.State)))
	}
	if !c.Delete {
		if err := checkData(c.Data); err != nil {
			return err
		}
	}
	if c.Before.State == host.Present {
		if err := checkData(c.Before.Data); err != nil {
			return Refuse("before", message.Cause("why", err))
		}
	}
	return nil
}

func isWow(part string) bool { return strings.EqualFold(part, "Wow6432Node") }

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\uFFFD' })
}

// checkData takes the types that every format can carry. Control characters in
// strings would end a line of a script.
func checkData(d host.Data) error {
	switch d.Type {
	case host.DWORD:
		if d.Number > 0xffffffff {
			return Refuse("dword", message.Str("number", strconv.FormatUint(d.Number, 10)))
		}
	case host.QWORD:
	case host.SZ, host.ExpandSZ:
		if hasControl(d.Text) || len(d.Text) > maxData {
			return Refuse("text", message.Int("limit", maxData))
		}
	case host.MultiSZ:
		return checkList(d.Strings)
	case host.Binary:
		if len(d.Bytes) > maxData {
			return Refuse("size", message.Int("limit", maxData))
		}
	default:
		return Refuse("type", message.Str("type", string(d.Type)))
	}
	return nil
}

// checkList refuses what a REG_MULTI_SZ cannot hold: an empty string ends it.
func checkList(list []string) error {
	size := 0
	for _, s := range list {
		size += len(s)
		if s == "" || hasControl(s) {
			return Refuse("list")
		}
	}
	if size > maxData {
		return Refuse("size", message.Int("limit", maxData))
	}
	return nil
}

// ComesBack says of each policy object that it will undo changes.
func ComesBack(changes []host.Change) []message.Text {
	var notes []message.Text
	var named []string
	for _, c := range changes {
		if c.Policy != "" && !slices.Contains(named, c.Policy) {
			named = append(named, c.Policy)
			notes = append(notes, message.New("recipe.comes-back", message.Str("gpo", c.Policy)))
		}
	}
	return notes
}

// NoScript says why no script can make changes on a host, whose id it names: nobody knows
// what they would replace, or a script for the whole machine cannot reach the key. It is
// zero if one can.
func NoScript(id string, changes []host.Change) message.Text {
	for _, c := range changes {
		why := ""
		switch {
		case c.Before.State == host.NotAsked:
			why = "recipe.undo-unknown"
		case !strings.HasPrefix(c.Key, `HKLM\`) && !strings.HasPrefix(c.Key, `HKU\`):
			why = "recipe.user-setting"
		default:
			continue
		}
		return message.New(why, message.Str("host", id), message.Str("key", c.Key), message.Str("name", c.Name))
	}
	return message.Text{}
}
