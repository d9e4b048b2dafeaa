package recipe

import (
	"strings"

	"tlsready/internal/message"
)

// Computer is a host as it knows itself: a script that runs on it sees its names, and
// never the id under which a report lists it.
type Computer struct {
	Name string // NetBIOS name in upper case, at most 15 characters
	Full string // full DNS name in lower case; "" if it is not known
}

// maxNetBIOS is the longest computer name in %COMPUTERNAME%; Windows cuts longer ones.
// https://learn.microsoft.com/troubleshoot/windows-server/active-directory/naming-conventions-for-computer-domain-site-ou
const maxNetBIOS = 15

// ComputerOf takes apart the name that a host gives itself or, without one, its id: a
// path with slashes, of which the last part is taken. It is false for what cannot be
// the name of a computer.
func ComputerOf(name, id string) (Computer, bool) {
	if name == "" {
		name = id[strings.LastIndexByte(id, '/')+1:]
	}
	label, domain, _ := strings.Cut(strings.TrimSuffix(name, "."), ".")
	if len(label) > 63 || !plainText(label, "-_") || domain != "" && !plainText(domain, "-_.") {
		return Computer{}, false
	}
	c := Computer{Name: strings.ToUpper(label[:min(len(label), maxNetBIOS)])}
	if domain != "" {
		c.Full = strings.ToLower(label + "." + domain)
	}
	return c, true
}

// Pick is how a script for all groups knows one host.
type Pick struct {
	Host     string // id
	Group    int    // index of its plan
	Computer Computer
	ByFull   bool // several computers of the run have this name: the full name decides
}

// Unpicked is a host that a script for all groups cannot know.
type Unpicked struct {
	Host string
	Why  message.Text
}

// Picks decides how each host of the groups is known. Others are the computers of
// the run that no group changes: their names must not stand for another.
func Picks(groups []Plan, others []Computer) (picks []Pick, left []Unpicked) {
	names, fulls, groupsOf := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range others {
		names[c.Name]++
		fulls[c.Full]++
	}
	for i, p := range groups {
		for j, id := range p.Hosts {
			c, known := ComputerOf(p.computer(j), id)
			groupsOf[id]++
			if !known {
				left = append(left, Unpicked{id, message.New("recipe.all.no-name", message.Str("host", id))})
				continue
			}
			if groupsOf[id] == 1 {
				names[c.Name]++
				fulls[c.Full]++
			}
			picks = append(picks, Pick{Host: id, Group: i, Computer: c})
		}
	}
	kept := picks[:0]
	for _, pick := range picks {
		pick.ByFull = names[pick.Computer.Name] > 1
		switch {
		case groupsOf[pick.Host] > 1:
			left = append(left, Unpicked{pick.Host, message.New("recipe.all.two-groups", message.Str("host", pick.Host))})
		case pick.ByFull && (pick.Computer.Full == "" || fulls[pick.Computer.Full] > 1):
			left = append(left, Unpicked{pick.Host, message.New("recipe.all.ambiguous", message.Str("host", pick.Host), message.Str("name", pick.Computer.Name))})
		default:
			kept = append(kept, pick)
		}
	}
	return kept, left
}

// computer is the name that a host gives itself; "" if it is not known.
func (p Plan) computer(i int) string {
	if i < len(p.Names) {
		return p.Names[i]
	}
	return ""
}

// GroupsMark stands, as a comment, in files that hold several groups.
const GroupsMark = "== groups =="

// ReadAll is the reading of a file that holds several groups: what it does depends on
// the computer, and which that is nobody asks a reader.
func ReadAll(file, text string) Reading {
	before, _, _ := strings.Cut(text, GroupsMark)
	return Reading{Findings: []Finding{{
		File: file, Line: strings.Count(before, "\n") + 1, Column: 1, Rule: "all-groups", Severity: Note, Text: SayFinding("all-groups"), Opaque: true,
	}}}
}

// All is what the files of the folder "all" are written from.
type All struct {
	Groups []Plan
	Picks  []Pick // in the order of the groups
	Shared []string
}

// newAll leaves out the groups of which no host can be known. Shared are the names
// that several computers have.
func newAll(groups []Plan, picks []Pick) All {
	var a All
	at := map[int]int{}
	shared := map[string]bool{}
	for _, pick := range picks {
		if _, known := at[pick.Group]; !known {
			at[pick.Group] = len(a.Groups)
			a.Groups = append(a.Groups, groups[pick.Group])
		}
		pick.Group = at[pick.Group]
		a.Picks = append(a.Picks, pick)
		if name := pick.Computer.Name; pick.ByFull && !shared[name] {
			shared[name] = true
			a.Shared = append(a.Shared, name)
		}
	}
	return a
}
