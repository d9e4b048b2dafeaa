package stack

import (
	"slices"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Ask says which axes of the offer matter because the acceptance restricts them. On an axis
// that does not matter, the system's default is assumed if the setting was not asked for.
//
// Bare leaves reasons and warnings out: the search for a fix asks some thirty times a host
// what is offered, and once why.
type Ask struct{ Suites, Groups, Signatures, Bare bool }

// Fired is a rule that bore on a prediction, with what it read.
type Fired struct {
	Rule     string
	Args     []message.Arg // of the rule's text
	Evidence []Evidence
}

// Evidence is one value that was looked at.
type Evidence struct {
	Key, Name string
	State     host.State
	Data      host.Data // meaningful where State is Present
}

// Missing is a fact that was not asked for and on which a step of the handshake
// depends: a registry value, or an update.
type Missing struct {
	Step   tlsready.Step
	Ref    host.Ref
	Update string
}

// Prediction is what a stack on a host offers, and why.
type Prediction struct {
	Offer     tlsready.Offer
	Fired     []Fired
	Missing   []Missing
	Warnings  []Fired
	Updates   []Missing // updates that are surely missing and keep something from the offer
	InProgram bool      // the versions are fixed in the program itself
}

// Predict computes what a stack offers on a host.
func (m *Model) Predict(v *host.View, s Stack, ask Ask) Prediction {
	p := &predictor{Model: m, view: v, sys: m.systemOf(v.OS), stack: s, ask: ask}
	p.ask.Suites = p.ask.Suites || (p.ask.Groups && p.sys.tied) // there the suites carry the groups
	if !ask.Bare {
		p.out.Fired = make([]Fired, 0, 8)
	}
	p.out.Offer.Versions = make([]tlsready.OfferedVersion, 0, 5)
	p.out.Offer.Exact = true
	p.out.Offer.ServerName = p.sys.Build >= 6000 // server_name since Windows Vista
	p.versions()
	p.suites()
	p.groups()
	p.signatures()
	p.limits()
	return p.out
}

// predictor gathers one prediction.
type predictor struct {
	*Model
	view   *host.View
	sys    *system
	stack  Stack
	ask    Ask
	strong bool // .NET passes SCH_USE_STRONG_CRYPTO
	out    Prediction

	assumed *int // the .NET Framework that is taken as installed, where nobody asked
}

func (p *predictor) fire(rule string, evidence ...Evidence) { p.tell(rule, nil, evidence...) }

// tell is fire for a rule whose text has arguments. It copies what it keeps, so that the
// caller's lists cost nothing where no reasons are wanted.
func (p *predictor) tell(rule string, args []message.Arg, evidence ...Evidence) {
	if !p.ask.Bare {
		p.out.Fired = append(p.out.Fired, Fired{Rule: rule, Args: slices.Clone(args), Evidence: slices.Clone(evidence)})
	}
}

// fireOnce is fire for what several versions may find.
func (p *predictor) fireOnce(rule string, evidence ...Evidence) {
	for _, f := range p.out.Fired {
		if f.Rule == rule {
			return
		}
	}
	p.fire(rule, evidence...)
}

func (p *predictor) warn(rule string, args ...message.Arg) {
	if !p.ask.Bare {
		p.out.Warnings = append(p.out.Warnings, Fired{Rule: rule, Args: slices.Clone(args)})
	}
}

// valueArgs names a registry value in the text of a warning.
func valueArgs(r host.Ref) []message.Arg {
	return []message.Arg{message.Str("key", r.Key), message.Str("name", r.Name)}
}

func (p *predictor) miss(step tlsready.Step, r host.Ref) {
	p.out.Missing = append(p.out.Missing, Missing{Step: step, Ref: r})
}

func (p *predictor) missUpdate(step tlsready.Step, id string) {
	p.out.Missing = append(p.out.Missing, Missing{Step: step, Update: id})
}

// dword looks a value up and gives it as evidence.
func (p *predictor) dword(r host.Ref) (uint32, host.State, Evidence) {
	d, state := p.view.Lookup(r)
	ev := Evidence{Key: r.Key, Name: r.Name, State: state, Data: d}
	if state == host.Present && d.Type != host.DWORD {
		ev.State = host.WrongType
	}
	return uint32(d.Number), ev.State, ev
}

// need answers whether an update is there, and keeps what follows.
func (p *predictor) need(step tlsready.Step, id string) tlsready.Answer {
	answer := p.Update(p.view, id)
	switch answer {
	case tlsready.Unknown:
		p.missUpdate(step, id)
	case tlsready.No:
		p.out.Updates = append(p.out.Updates, Missing{Step: step, Update: id})
	}
	return answer
}

// versions asks the stack's own file.
func (p *predictor) versions() {
	switch {
	case p.stack.Kind == WinHTTP && len(p.stack.Named) == 0:
		p.winhttp()
	case p.stack.Kind == WinINET && len(p.stack.Named) == 0:
		p.wininet()
	case p.stack.Kind == DotNet || p.stack.Kind == PowerShell:
		p.onRuntime((*predictor).dotnet)
	case p.stack.Kind == WCF && len(p.stack.Named) == 0:
		p.onRuntime((*predictor).wcf)
	default:
		p.schannel()
	}
}

// onRuntime predicts on the .NET Framework that is installed, or on each that may be.
func (p *predictor) onRuntime(predict func(*predictor)) {
	if runtimes := p.runtimes(); !p.stack.CLR2 && len(runtimes) > 1 {
		p.onAnyRuntime(runtimes, predict)
		return
	}
	predict(p)
}

// offer adds versions in wire order, each as sure as the answers make it.
func (p *predictor) offer(answer func(tlsready.Version) tlsready.Answer) {
	for _, v := range tlsready.Versions() {
		switch answer(v) {
		case tlsready.Yes:
			p.out.Offer.Versions = append(p.out.Offer.Versions, tlsready.OfferedVersion{Version: v})
		case tlsready.Unknown:
			p.out.Offer.Versions = append(p.out.Offer.Versions, tlsready.OfferedVersion{Version: v, Maybe: true})
		}
	}
}

// both is yes only if both are, and no if either is.
func both(a, b tlsready.Answer) tlsready.Answer {
	switch {
	case a == tlsready.No || b == tlsready.No:
		return tlsready.No
	case a == tlsready.Yes && b == tlsready.Yes:
		return tlsready.Yes
	}
	return tlsready.Unknown
}

// agree is the common answer of two ways in which it may be, else unknown.
func agree(a, b tlsready.Answer) tlsready.Answer {
	if a == b {
		return a
	}
	return tlsready.Unknown
}
