package nginx

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Proves that the pattern of a span matches the seconds in it and no others, at its edges
// and at random, and that a span before 2001 or an empty one matches nothing.
func TestPattern(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		first := firstSecond + random.Int64N(lastSecond-firstSecond)
		length := int64(1) << random.IntN(33)
		last := min(first+random.Int64N(length), lastSecond)
		p := regexp.MustCompile(strings.TrimPrefix(pattern(first, last), "~"))
		for _, s := range []int64{first, last, first - 1, last + 1, first + random.Int64N(last-first+1), firstSecond, lastSecond, firstSecond + random.Int64N(lastSecond-firstSecond)} {
			if s < firstSecond || s > lastSecond {
				continue
			}
			if got, want := p.MatchString(fmt.Sprintf("%d.123", s)), first <= s && s <= last; got != want {
				t.Fatalf("%d to %d: %s matches %d: %t", first, last, p, s, got)
			}
		}
	}
	for _, p := range []string{before(time.Unix(0, 0)), before(time.Unix(firstSecond, 0)), between(time.Unix(1.5e9, 0), time.Unix(1.5e9, 0))} {
		if p != "~^-" {
			t.Errorf("%s matches something", p)
		}
	}
	if p := before(time.Unix(1.5e9, 0)); !regexp.MustCompile(strings.TrimPrefix(p, "~")).MatchString("1000000000.000") {
		t.Errorf("%s misses the first second", p)
	}
}
