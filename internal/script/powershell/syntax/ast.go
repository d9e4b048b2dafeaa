// Package syntax parses PowerShell scripts.
//
// The grammar is that of Windows PowerShell 5.1 with the chain operators of 7, as
// far as recipes and programs use it:
// https://learn.microsoft.com/powershell/scripting/lang-spec/chapter-15
// What does not fit becomes an [Unparsed] statement with its place: nothing is
// skipped silently.
package syntax

import "tlsready/internal/script"

// Block is a script, a function's body or a script block.
type Block struct {
	Params     []Param
	Statements []Statement
	Process    bool      // it has a process block: it runs once for each input
	Requires   []Literal // of a whole script: its #requires lines
}

// First is the place of a block's first statement, or otherwise if it has none.
func (b *Block) First(otherwise script.Pos) script.Pos {
	if len(b.Statements) > 0 {
		return b.Statements[0].At()
	}
	return otherwise
}

// Param is a parameter with its default.
type Param struct {
	Name    string // in lower case
	Default Expr   // nil: none
	Switch  bool
	Needed  bool // the caller has to give it
}

// Statement is one of the types below.
type Statement interface{ At() script.Pos }

// The statements.
type (
	// Pipeline is one or more commands, each fed by the one before; the first may
	// be an expression instead.
	Pipeline struct {
		script.Pos
		Elements []Element
		Next     *Pipeline // after && or ||
		OnError  bool      // Next comes after ||
	}
	// Assign sets a variable or a property.
	Assign struct {
		script.Pos
		Target Expr
		Op     string // "=", "+=" …
		Value  Statement
	}
	// If has its clauses in order.
	If struct {
		script.Pos
		Clauses []Clause
		Else    *Block // nil: none
	}
	// Loop is any of the loops.
	Loop struct {
		script.Pos
		Kind             LoopKind
		Var              string // of foreach, in lower case
		Init, Cond, Step Statement
		Body             *Block
	}
	// Switch compares a value with patterns.
	Switch struct {
		script.Pos
		Value   Statement
		Cases   []Case
		Default *Block
		Plain   bool // no -regex, -wildcard, -file
	}
	// Function defines a function.
	Function struct {
		script.Pos
		Name string // in lower case
		Body *Block
	}
	// Try runs Finally whatever happens.
	Try struct {
		script.Pos
		Body    *Block
		Catches []*Block
		Finally *Block
	}
	// Trap is run on an error.
	Trap struct {
		script.Pos
		Body *Block
	}
	// Flow leaves a block: return, exit, throw, break, continue.
	Flow struct {
		script.Pos
		Kind  string
		Value Statement // nil: none
	}
	// Definition is a class or an enumeration: nothing runs here.
	Definition struct{ script.Pos }
	// Unparsed is what does not fit the grammar.
	Unparsed struct {
		script.Pos
		Text string // the beginning of it
	}
)

// LoopKind tells the loops apart.
type LoopKind int

// The loops.
const (
	Foreach LoopKind = iota
	For
	While
	DoWhile
	DoUntil
)

// Clause is a condition and what it guards.
type Clause struct {
	Cond Statement
	Body *Block
}

// Case is a pattern of a switch.
type Case struct {
	Pattern Expr
	Body    *Block
}

// Element is one part of a pipeline: a command, or at its head an expression.
type Element struct {
	Expr    Expr     // nil for a command
	Command *Command // nil for an expression
}

// Command is a call of a cmdlet, a function, a program or a script block.
type Command struct {
	script.Pos
	Operator string // "&", "." or ""
	Name     Expr
	Args     []Arg
}

// Arg is an argument of a command.
type Arg struct {
	script.Pos
	Param string // "-Name" as "name"; "" for a value without one
	Value Expr   // nil for a bare parameter: the next value may be its
	Splat bool   // Value is a variable that stands for many arguments
}

// At is the place of a statement.
func (s *Pipeline) At() script.Pos   { return s.Pos }
func (s *Assign) At() script.Pos     { return s.Pos }
func (s *If) At() script.Pos         { return s.Pos }
func (s *Loop) At() script.Pos       { return s.Pos }
func (s *Switch) At() script.Pos     { return s.Pos }
func (s *Function) At() script.Pos   { return s.Pos }
func (s *Try) At() script.Pos        { return s.Pos }
func (s *Trap) At() script.Pos       { return s.Pos }
func (s *Flow) At() script.Pos       { return s.Pos }
func (s *Definition) At() script.Pos { return s.Pos }
func (s *Unparsed) At() script.Pos   { return s.Pos }

// Expr is one of the types below.
type Expr interface{ At() script.Pos }

// The expressions.
type (
	// Text is a string, or a bare word; its parts are joined.
	Text struct {
		script.Pos
		Parts []Expr // of Literal and any other; a single Literal if nothing is expanded
		Bare  bool   // a word without quotes: may be a number
	}
	// Literal is text that means itself.
	Literal struct {
		script.Pos
		Value string
	}
	// Number is an integer; a fraction is given as it stands, in Text.
	Number struct {
		script.Pos
		Value int64
		Wide  bool   // it does not fit 32 bits, or says so: a long
		Text  string // not "" for what is no integer
	}
	// Variable is $name, with its scope before a colon, all in lower case.
	Variable struct {
		script.Pos
		Name string
	}
	// List is a, b.
	List struct {
		script.Pos
		Items []Expr
	}
	// Sub is $(…), @(…) or (…).
	Sub struct {
		script.Pos
		Body  *Block
		Array bool // @(…)
		Paren bool // (…): one statement
	}
	// Hash is @{…}.
	Hash struct {
		script.Pos
		Keys   []Expr
		Values []Statement
	}
	// BlockExpr is {…}.
	BlockExpr struct {
		script.Pos
		Body *Block
	}
	// Type is [name], in lower case.
	Type struct {
		script.Pos
		Name string
	}
	// Cast is [type]x.
	Cast struct {
		script.Pos
		Type string
		X    Expr
	}
	// Member is x.name or [type]::name; with Call a method and its arguments.
	Member struct {
		script.Pos
		X      Expr
		Name   Expr
		Static bool
		Call   bool
		Args   []Expr
	}
	// Index is x[i].
	Index struct {
		script.Pos
		X, I Expr
	}
	// Unary is an operator before its operand; "++" and "--" stand for both places.
	Unary struct {
		script.Pos
		Op string
		X  Expr
	}
	// Binary is an operator between operands, without its c or i.
	Binary struct {
		script.Pos
		Op   string
		L, R Expr
	}
)

// At is the place of an expression.
func (e *Text) At() script.Pos      { return e.Pos }
func (e *Literal) At() script.Pos   { return e.Pos }
func (e *Number) At() script.Pos    { return e.Pos }
func (e *Variable) At() script.Pos  { return e.Pos }
func (e *List) At() script.Pos      { return e.Pos }
func (e *Sub) At() script.Pos       { return e.Pos }
func (e *Hash) At() script.Pos      { return e.Pos }
func (e *BlockExpr) At() script.Pos { return e.Pos }
func (e *Type) At() script.Pos      { return e.Pos }
func (e *Cast) At() script.Pos      { return e.Pos }
func (e *Member) At() script.Pos    { return e.Pos }
func (e *Index) At() script.Pos     { return e.Pos }
func (e *Unary) At() script.Pos     { return e.Pos }
func (e *Binary) At() script.Pos    { return e.Pos }
