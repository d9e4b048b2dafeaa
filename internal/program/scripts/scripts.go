// Package scripts says which TLS stacks a script uses and which versions it asks them
// for, without running it: it follows the script's statements as its shell would.
//
// What is certain is a [Use]. What the versions may hang on and what is not certain is
// a [Place]: a condition, code that cannot be read, a value from elsewhere.
package scripts

import (
	"cmp"
	"slices"

	"tlsready"
	"tlsready/internal/script"
)

// Stack is a TLS stack that scripts use.
type Stack string

// The stacks.
const (
	Framework Stack = "framework" // that of the PowerShell which runs the script
	WinHTTP   Stack = "winhttp"
	WinINET   Stack = "wininet"
	SQL       Stack = "sql-client"
	Other     Stack = "other"
	None      Stack = "" // not known which
)

// Use is one way in which a script makes TLS connections.
type Use struct {
	script.Pos
	Stack    Stack
	Set      bool               // versions are named, or the system's choice is
	Versions []tlsready.Version // what is named; empty with Set: the system's choice
	Adds     bool               // they are added to what is in force by default
	Without  []tlsready.Version // with Adds: these are taken away from it first
	To       string             // what they are given to, or what makes the connection
	X86      bool               // by a 32-bit program on every system
	Core     bool               // with Framework: by PowerShell 6 or later
}

// Place is something that is not certain.
type Place struct {
	script.Pos
	Code string // its words are the text "program.unclear-<code>"
	Text string // what stands there
}

// Reading is what a script says.
type Reading struct {
	Uses    []Use
	Unclear []Place
	// Core is what makes it a script for PowerShell 6 and later; Text is "" without.
	Core Place
	// Idle are places that name versions without being in force at any request:
	// after it, in a function that nobody calls, on another machine.
	Idle []Place
}

// maxPlaces bounds the places of one kind that are kept: a script that names versions
// in more has said enough.
const maxPlaces = 200

func (r *Reading) use(u Use) {
	if len(r.Uses) < maxPlaces && !slices.ContainsFunc(r.Uses, func(have Use) bool {
		return have.Pos == u.Pos && have.Stack == u.Stack && have.Set == u.Set && have.Adds == u.Adds && slices.Equal(have.Versions, u.Versions) && have.X86 == u.X86
	}) {
		r.Uses = append(r.Uses, u)
	}
}

func (r *Reading) unclear(p Place) { r.Unclear = addPlace(r.Unclear, p) }

func addPlace(list []Place, p Place) []Place {
	if p.Line < 1 {
		p.Pos = script.Pos{Line: 1, Column: 1}
	}
	if len(list) < maxPlaces && !slices.Contains(list, p) {
		list = append(list, p)
	}
	return list
}

func (r *Reading) sort() {
	order := func(a, b script.Pos) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	}
	slices.SortStableFunc(r.Uses, func(a, b Use) int { return order(a.Pos, b.Pos) })
	slices.SortStableFunc(r.Unclear, func(a, b Place) int { return order(a.Pos, b.Pos) })
	slices.SortStableFunc(r.Idle, func(a, b Place) int { return order(a.Pos, b.Pos) })
}
