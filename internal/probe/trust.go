package probe

import "math"

// trust counts what became of connections of which the answer was known before, and
// so how much a refusal is worth: a network that loses a third of all connections, or
// a server that turns a third of them away, looks as if it refused.
type trust struct {
	answered int      // hellos, and refusals in so many words
	failed   refusals // hellos known to work that met something else
}

// refusals are counted in groups that chance may produce together.
type refusals struct {
	lost   int // reset, closed, silent
	turned int // an alert, such as 40, 80 or 90 of a server with too much to do
}

func (x *refusals) add(r Reply) {
	if r.throttled() {
		x.lost++
	} else {
		x.turned++
	}
}

func (x *refusals) n() int { return x.lost + x.turned }

// How seldom chance may explain what is taken for a "no". A wrong version sends people
// looking for a fault, or lets one pass. A scan has one end for each list, which rests
// on many more answers. If something was seen to fail by chance, more will.
const (
	seldomVersion = 5e-6
	seldomEnd     = 1e-4
	seldomAmid    = 2e-7
)

// believes says whether refusals are more than chance after so many answers: those of
// one kind, without the others, which may have come in between.
func (t *trust) believes(x refusals, answered int, seldom float64) bool {
	kind := func(failed, refused int) bool {
		if failed > 0 {
			return refused > 0 && chance(failed, refused, answered) <= seldomAmid
		}
		return refused > 0 && chance(failed, refused, answered) <= seldom
	}
	return kind(t.failed.lost, x.lost) || kind(t.failed.turned, x.turned)
}

// chance is how much likelier so many refusals are if connections simply fail now and
// then than under a true "no": at most, over all rates of failure. As long as nothing
// was seen to fail, it falls with every answer.
func chance(failed, refused, answered int) float64 {
	return math.Exp(likelihood(failed+refused, answered) - likelihood(failed, answered))
}

// likelihood is the greatest logarithm of the likelihood of so many failures among so
// many connections.
func likelihood(failed, answered int) float64 {
	if failed == 0 || answered == 0 {
		return 0
	}
	f, a := float64(failed), float64(answered)
	p := f / (f + a)
	return f*math.Log(p) + a*math.Log(1-p)
}
