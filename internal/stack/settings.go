package stack

import (
	"slices"

	"tlsready/internal/host"
)

// Setting is a value that the model reads and people set by hand.
type Setting struct {
	Ref  host.Ref
	Kind SettingKind
}

// SettingKind is what a value has to be in order to be read.
type SettingKind int

// The kinds.
const (
	List   SettingKind = iota // names, in one of the two ways in which Windows keeps them
	Number                    // a REG_DWORD
	Bits                      // a REG_DWORD with a bit for each protocol
	Text                      // a REG_SZ
)

// Number says whether values of the kind are numbers.
func (k SettingKind) Number() bool { return k == Number || k == Bits }

// Settings lists what the model reads and people set by hand.
func Settings() []Setting {
	r := newRefs()
	return r.settings()
}

func (r *refs) settings() []Setting {
	var list []Setting
	number := func(refs ...host.Ref) {
		for _, ref := range refs {
			list = append(list, Setting{ref, Number})
		}
	}
	for i := range r.enabled {
		number(r.enabled[i][:]...)
		number(r.byDefault[i][:]...)
	}
	for _, d := range r.dotnet {
		number(d.strong4, d.system4, d.system2)
	}
	for _, o := range r.removers {
		number(o.ref)
	}
	number(r.fips, r.minDH, r.maxDH, r.minRSA, r.maxRSA, r.serverMinDH, r.rootUpdateOff)
	for _, ref := range append(slices.Clone(r.wininet), r.winhttp[:]...) {
		list = append(list, Setting{ref, Bits})
	}
	for _, ref := range []host.Ref{r.suitesPolicy, r.suitesLocal, r.curvesPolicy, r.curvesLocal, r.signaturesLocal} {
		list = append(list, Setting{ref, List})
	}
	for _, c := range r.appContext {
		for _, ref := range []host.Ref{c.strongOff, c.systemOff, c.wcfOff} {
			list = append(list, Setting{ref, Text})
		}
	}
	return list
}

// ViewPairs are the values that a stack reads in the two views of the registry, each for
// 64-bit programs first.
func (m *Model) ViewPairs(s Stack) [][2]host.Ref {
	r := &m.refs
	switch {
	case s.Kind == WinHTTP:
		return [][2]host.Ref{{r.winhttp[0], r.winhttp[1]}}
	case s.Kind != DotNet && s.Kind != PowerShell:
		return nil
	case s.CLR2:
		return [][2]host.Ref{{r.dotnet[0].system2, r.dotnet[1].system2}}
	}
	return [][2]host.Ref{{r.dotnet[0].system4, r.dotnet[1].system4}, {r.dotnet[0].strong4, r.dotnet[1].strong4}}
}
