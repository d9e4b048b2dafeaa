package fix

import (
	"cmp"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// ordered sorts changes into the order in which they are to be made: Schannel
// before what builds on it, the 64-bit view before the 32-bit one.
func ordered(changes []*host.Edit) []*host.Edit {
	list := slices.Clone(changes)
	if len(list) < 2 {
		return list
	}
	slices.SortStableFunc(list, func(a, b *host.Edit) int {
		return cmp.Or(
			cmp.Compare(place(a.Key), place(b.Key)),
			cmp.Compare(wow(a.Key), wow(b.Key)),
			cmp.Compare(strings.ToLower(a.Key), strings.ToLower(b.Key)),
			cmp.Compare(b.Name, a.Name), // Enabled before DisabledByDefault, SystemDefault… before SchUse…
		)
	})
	return list
}

func place(key string) int {
	k := strings.ToLower(key)
	switch {
	case strings.Contains(k, `\securityproviders\schannel`):
		return 0
	case strings.Contains(k, `\cryptography\configuration`), stack.FIPSMode(key):
		return 1
	case strings.Contains(k, `\internet settings`):
		return 2
	}
	return 3
}

func wow(key string) int {
	if strings.Contains(strings.ToLower(key), `\wow6432node\`) {
		return 1
	}
	return 0
}

// restart is what has to be restarted after the plan: Schannel, suites and
// updates ask for a reboot, WinHTTP and .NET for the programs that use them.
func (s *search) restart(plan *Plan) Restart {
	need := NoRestart
	for _, p := range plan.Prerequisites {
		if p.Kind == Update {
			need = Reboot
		}
	}
	program := RestartProcess
	for _, d := range s.demands {
		for _, c := range d.Callers {
			if c.RunsAs == "service" {
				program = RestartService
			}
		}
	}
	for _, c := range plan.Changes {
		switch place(c.Key) {
		case 0, 1:
			need = max(need, Reboot)
		default:
			need = max(need, program)
		}
	}
	return need
}

// Redundant lists what vendors document and the host does not need.
func Redundant(documented, changes []host.Change) []host.Change {
	list := make([]host.Change, 0, len(documented))
	for _, d := range documented {
		if !slices.ContainsFunc(changes, func(c host.Change) bool { return sameValue(c, d) }) &&
			!slices.ContainsFunc(list, func(c host.Change) bool { return sameValue(c, d) }) {
			list = append(list, d)
		}
	}
	return list
}

// WithBefore fills in the state that each change finds on the host.
func WithBefore(v *host.View, changes []host.Change) []host.Change {
	list := slices.Clone(changes)
	for i, c := range list {
		place := host.NewRef(c.Key, c.Name)
		data, state := v.Lookup(place)
		list[i].Before = host.Before{State: state, Data: data}
		if gpo, undoes := v.Policy(place, c); undoes {
			list[i].Owner, list[i].Policy = host.GroupPolicy, gpo
		}
	}
	return list
}

// After judges a host with changes made and updates installed.
func (f *Fixer) After(v *host.View, d Demand, changes []host.Change, updates []string) verdict.Judgement {
	return f.Judge.Bare(v.With(changes...).Granting(updates...), d.Callers, d.Today())
}
