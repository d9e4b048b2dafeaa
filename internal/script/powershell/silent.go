package powershell

import (
	"tlsready/internal/script"
	"tlsready/internal/script/powershell/syntax"
)

// silent is a world in which nothing is known.
type silent struct{}

type noState struct{}

func (noState) Clone() State                 { return noState{} }
func (noState) Join(State, script.Pos) State { return noState{} }

func (silent) Command(*Run, *Call) (Value, bool) { return Value{}, true }

func (silent) Static(*Run, string, string, script.Pos) (Value, bool) { return Value{}, false }

func (silent) CallStatic(*Run, string, string, []Value, script.Pos) (Value, bool) {
	return Value{}, true
}
func (silent) SetStatic(*Run, string, string, Value, script.Pos) bool { return true }
func (silent) Get(*Run, Value, string, script.Pos) (Value, bool)      { return Value{}, false }

func (silent) Method(*Run, Value, string, []Value, script.Pos) (Value, bool) { return Value{}, true }
func (silent) Set(*Run, Value, string, Value, script.Pos) bool               { return true }
func (silent) Operate(*Run, string, Value, Value) (Value, bool)              { return Value{}, false }

func (silent) Cast(*Run, string, Value) (Value, bool) { return Value{}, false }
func (silent) Assume(*Run, Cond, bool)                {}
func (silent) Unclear(*Run, script.Pos, string)       {}
func (silent) Unparsed(*Run, script.Pos, string)      {}

// Arguments evaluates the arguments of the one command that a text holds, without
// any world; nil if the text is something else.
func Arguments(text string) []Value {
	b := syntax.Parse(text)
	if len(b.Statements) != 1 {
		return nil
	}
	p, ok := b.Statements[0].(*syntax.Pipeline)
	if !ok || len(p.Elements) != 1 || p.Elements[0].Command == nil {
		return nil
	}
	var out []Value
	r := &Run{world: silent{}, called: map[*syntax.Block]bool{}, out: &out, cur: &snap{scopes: []map[string]Value{{}}, state: noState{}}}
	var list []Value
	for _, a := range p.Elements[0].Command.Args {
		if a.Param != "" || a.Value == nil {
			return nil
		}
		list = append(list, r.eval(a.Value))
	}
	return list
}
