package main

import (
	"strings"
	"testing"
	"time"
)

// Proves that the middle value is taken, whatever the order of the runs.
func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []int
		want   int
	}{
		{nil, 0},
		{[]int{7}, 7},
		{[]int{9, 1, 5}, 5},
		{[]int{1, 100, 3, 5}, 4},
	} {
		if got := median(c.values); got != c.want {
			t.Errorf("median of %v is %d, want %d", c.values, got, c.want)
		}
	}
}

// Proves that each figure has its median by itself.
func TestMedians(t *testing.T) {
	got := medians([]figures{
		{wall: 3 * time.Second, cpu: 1 * time.Second, memory: 10, connections: 8},
		{wall: 1 * time.Second, cpu: 3 * time.Second, memory: 30, connections: 8},
		{wall: 2 * time.Second, cpu: 2 * time.Second, memory: 20, connections: 9},
	})
	if want := (figures{2 * time.Second, 2 * time.Second, 20, 8}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Proves that rows are compared with the first, and that a tool that is not there
// says how to get it.
func TestFiguresTable(t *testing.T) {
	got := figuresTable([]row{
		{"ours", []figures{{100 * time.Millisecond, 50 * time.Millisecond, 20480, 4}}, "4|4"},
		{"slow", []figures{{time.Second, 400 * time.Millisecond, 51200, 40}}, "4 of\n4"},
		{"none", nil, "not found: get it"},
	})
	want := strings.Join([]string{
		"| tool | wall s | spread | wall | CPU s | CPU | connections | memory MB | said |",
		"|---|---|---|---|---|---|---|---|---|",
		`| ours | 0.100 | 0.100–0.100 | 1.00× | 0.050 | 1.00× | 4 | 20 | 4\|4 |`,
		"| slow | 1.00 | 1.00–1.00 | 10.00× | 0.400 | 8.00× | 40 | 50 | 4 of 4 |",
		"| none | - | - | - | - | - | - | - | not found: get it |",
		"",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Proves that an aim is missed only above its limit, and that one without a figure
// is neither met nor missed.
func TestAims(t *testing.T) {
	got := aimsTable([]aim{
		{what: "a", most: 1.3, value: 1.3, unit: "×"},
		{what: "b", most: 1.3, value: 1.31, unit: "×"},
		{what: "c", most: 0.25, unit: "×", missing: "tlsx is not there"},
	})
	for _, line := range []string{
		"| a | 1.3 × | 1.3 × | met |", "| b | 1.3 × | 1.31 × | missed |", "| c | 0.25 × | - | tlsx is not there |",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
}

// Proves that a version too many, one too few and none at all are told apart, and
// that "unknown" is not a wrong answer.
func TestJudge(t *testing.T) {
	for _, c := range []struct{ truth, said, want string }{
		{"TLS 1.0, TLS 1.1", "TLSv1.0 (3), TLSv1.1 (3)", "true"},
		{"TLS 1.0, TLS 1.1", "TLS 1, TLS 1.1", "true"},
		{"TLS 1.0, TLS 1.1", "TLS 1.0 yes (3), TLS 1.1 yes (3), TLS 1.2 no", "true"},
		{"TLS 1.0, TLS 1.1", "TLS 1.0 yes (3), TLS 1.1 unknown (0)", "in part"},
		{"TLS 1.0, TLS 1.1", "TLSv1.0 (3)", "wrong"},
		{"TLS 1.0", "TLSv1.0 (3), TLSv1.1 (3)", "wrong"},
		{"TLS 1.3", "nothing", "nothing"},
	} {
		if got := judge(c.truth, c.said); got != c.want {
			t.Errorf("%q for %q: %s, want %s", c.said, c.truth, got, c.want)
		}
	}
}
