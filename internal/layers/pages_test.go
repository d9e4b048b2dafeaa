package layers

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// written is the order of the rooms as a page gives it: the block of code below a
// heading. A line that begins with a room and a colon speaks of side rooms.
func written(page, heading string) (groups [][]string, sides map[string]string) {
	_, rest, _ := strings.Cut(page, heading)
	_, rest, _ = strings.Cut(rest, "```\n")
	block, _, _ := strings.Cut(rest, "```")
	sides = make(map[string]string)
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		if rooms, limit, ok := strings.Cut(line, " : "); ok {
			for _, r := range strings.Split(rooms, ", ") {
				sides[strings.TrimSuffix(r, "/*")] = limit
			}
			continue
		}
		for _, group := range strings.Split(strings.TrimPrefix(line, "· "), " · ") {
			if group != "" {
				groups = append(groups, strings.Split(group, ", "))
			}
		}
	}
	return groups, sides
}

// drawn is the order as the pages draw it: the rooms that exist or are planned,
// each group sorted.
func drawn(groups [][]string) string {
	var list []string
	for _, g := range groups {
		g = slices.Sorted(slices.Values(g))
		list = append(list, strings.Join(g, ", "))
	}
	return strings.Join(list, " · ")
}

// Proves that CONTRIBUTING.md and docs/architecture.md draw the order of the rooms
// that the tests hold, and name every side room.
func TestPagesSayTheOrder(t *testing.T) {
	for _, p := range []struct{ file, heading string }{
		{"CONTRIBUTING.md", "## Where things go"},
		{"docs/architecture.md", "## Imports run one way"},
	} {
		groups, sides := written(readFile(t, p.file), p.heading)
		if got, want := drawn(groups), drawn(order()); got != want {
			t.Errorf("%s draws\n%s\nthe tests hold\n%s", p.file, got, want)
		}
		for _, name := range slices.Sorted(maps.Keys(sideRooms())) {
			want := sideRooms()[name].upTo
			if limit, ok := sides[name]; !ok || !strings.HasSuffix(limit, "nothing right of "+want) {
				t.Errorf("%s: %s is a side room, nothing right of %s; the page says %q", p.file, name, want, limit)
			}
		}
	}
}

// Proves that a page is read as it is drawn.
func TestPagesAreRead(t *testing.T) {
	groups, sides := written("## H\n\ntext\n\n```\na · c, b\n· d\n\ne, f/* : nothing right of a\n```\n", "## H")
	if got := drawn(groups); got != "a · b, c · d" {
		t.Errorf("order %q", got)
	}
	if len(sides) != 2 || sides["f"] != "nothing right of a" {
		t.Errorf("sides %q", sides)
	}
}
