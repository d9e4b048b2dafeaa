package decide

import (
	"math/rand/v2"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/verdict"
)

// The values that a judgement looks up and that are not asked for have their usual
// effect only in some of their classes. Which these are is tried out on a few leaves:
// each alone, together with all others that are farthest from the usual, and in
// chance mixtures, which have to leave every answer as it is.
const (
	maxTried  = 3  // leaves of each verdict
	mixtures  = 12 // for each of these leaves
	guardSeed = 2021
)

// guard finds the classes of the values beside the decision in which it holds.
func (r *row) guard() {
	tried := r.triedLeaves()
	r.chooseWords(tried)
	refs := r.beside(tried)
	extreme := map[string]settled{}
	for _, ref := range refs {
		g := Guard{Ref: ref, Domain: r.domains.of(ref)}
		for _, class := range g.Domain {
			g.Allowed = append(g.Allowed, class.Kind == Absent || r.allowed(tried, ref, class, extreme))
		}
		r.guards = append(r.guards, g)
	}
	r.mix(tried)
}

func (r *row) triedLeaves() (list []leaf) {
	count := map[verdict.Verdict]int{}
	seen := map[string]bool{}
	for _, l := range r.leaves {
		if key := l.answer.text(); l.answer.Verdict != verdict.Unknown && !seen[key] && count[l.answer.Verdict] < maxTried {
			seen[key] = true
			count[l.answer.Verdict]++
			list = append(list, l)
		}
	}
	return list
}

// beside are the values that are looked up on the tried leaves, also once mended, and
// that are not asked for anywhere in the decision.
func (r *row) beside(tried []leaf) (list []host.Ref) {
	// something below the keys that the model passes over while they are empty
	below := settled{host.NewRef(`HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Ciphers\NULL`, "Enabled"), new(host.Dword(1))}
	for _, l := range tried {
		for _, fixed := range []bool{false, true} {
			v := r.view(l.state.with(below.ref, below.data), l.updates, true)
			if fixed {
				v = mended(v, l.answer)
			}
			noting, reads := v.Asking()
			r.judged(noting)
			for _, ref := range reads.Values() {
				if !r.settled[ref.Folded()] && !slices.Contains(list, ref) && strings.HasPrefix(ref.Key, `HKLM\`) {
					list = append(list, ref)
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b host.Ref) int { return oftenSet(a) - oftenSet(b) })
	return list
}

// oftenSet puts first what hardening guides switch off, so that these are allowed to
// be off, and what is then left must be on.
func oftenSet(r host.Ref) int {
	for i, word := range []string{`\Functions`, `\SSL 2.0`, `\SSL 3.0`, `\TLS 1.0`, `\TLS 1.1`, `RC4`, `\DES `, `\Triple DES`, `\MD5`, `\Diffie-Hellman`, `\FIPS`} {
		if strings.Contains(r.Key+`\`+r.Name, word) {
			return i
		}
	}
	return 100
}

// holds says whether a leaf keeps its answer while the other values are as given.
func (r *row) holds(l leaf, others ...settled) bool {
	v := r.view(append(slices.Clone(l.state), others...), l.updates, true)
	if r.judged(v).Verdict != l.answer.Verdict {
		return false
	}
	advice := len(l.answer.Changes) > 0
	return !advice || r.judged(mended(v, l.answer)).Verdict == verdict.Connects
}

// maxWords is how many suites are looked for in the machine's list: each of them is
// tried together with all else that is allowed.
const maxWords = 2

// chooseWords picks suites of which each alone in the machine's list leaves every
// answer as it is. Those that servers and guides prefer come first in the default list.
func (r *row) chooseWords(tried []leaf) {
	ref := host.NewRef(localSuites, "Functions")
	for _, word := range r.domains.suites {
		alone := settled{ref, new(host.Multi(word))}
		if strings.Contains(word, "ECDHE_RSA") && len(r.domains.words) < maxWords &&
			!slices.ContainsFunc(tried, func(l leaf) bool { return !r.holds(l, alone) }) {
			r.domains.words = append(r.domains.words, word)
		}
	}
}

// allowed tries a class of a value alone, and together with all that was allowed
// before and with each of the suites that are looked for.
func (r *row) allowed(tried []leaf, ref host.Ref, class Class, extreme map[string]settled) bool {
	var rest []settled
	for key, one := range extreme {
		if key != ref.Folded() {
			rest = append(rest, one)
		}
	}
	together := [][]settled{rest}
	for _, word := range r.domains.words {
		if ref.Key != localSuites {
			list := settled{host.NewRef(localSuites, "Functions"), new(host.Multi(word))}
			together = append(together, append(slices.Clone(rest), list))
		}
	}
	for _, sample := range class.samples() {
		one := settled{ref, sample}
		for _, l := range tried {
			if !r.holds(l, one) || slices.ContainsFunc(together, func(rest []settled) bool { return !r.holds(l, append(slices.Clip(rest), one)...) }) {
				return false
			}
		}
		if _, there := extreme[ref.Folded()]; !there && ref.Key != localSuites {
			extreme[ref.Folded()] = one // 0 is the first of the classes behind absent
		}
	}
	return true
}

// mix tries chance mixtures of what is allowed, and takes back what breaks one.
func (r *row) mix(tried []leaf) {
	random := rand.New(rand.NewPCG(guardSeed, 1))
	for _, l := range tried {
		for range mixtures {
			var others []settled
			var of [][2]int
			for i, g := range r.guards {
				k := random.IntN(len(g.Domain))
				if !g.Allowed[k] || g.Domain[k].Kind == Absent {
					continue
				}
				samples := g.Domain[k].samples()
				others, of = append(others, settled{g.Ref, samples[random.IntN(len(samples))]}), append(of, [2]int{i, k})
			}
			for !r.holds(l, others...) {
				worst := r.culprit(l, others)
				r.guards[of[worst][0]].Allowed[of[worst][1]] = false
				others, of = slices.Delete(others, worst, worst+1), slices.Delete(of, worst, worst+1)
			}
		}
	}
}

// culprit is, of the values that together break a leaf, the last that has to be among
// them: what is seldom set comes last.
func (r *row) culprit(l leaf, others []settled) int {
	needed := slices.Clone(others)
	for i := 0; i < len(needed); {
		without := slices.Delete(slices.Clone(needed), i, i+1)
		if r.holds(l, without...) {
			i++
		} else {
			needed = without
		}
	}
	if len(needed) == 0 {
		return 0
	}
	return slices.Index(others, needed[len(needed)-1])
}
