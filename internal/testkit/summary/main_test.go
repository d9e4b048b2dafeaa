package main

import (
	"strings"
	"testing"
)

// Proves what is shown and what counts as a failure, for each kind of event.
func TestSummarize(t *testing.T) {
	const passing = `{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`
	for _, c := range []struct {
		name, in    string
		all, failed bool
		shows, not  string
	}{
		{name: "pass", in: passing, shows: "ok  \tp\t0.1s\n1 packages, 1 tests passed", not: "chatter"},
		{name: "fail", in: `{"Action":"output","Package":"p","Test":"TestB","Output":"why\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}
`, failed: true, shows: "why\n"},
		{name: "package fails without a test", in: `{"Action":"output","Package":"p","Output":"panic: x\n"}
{"Action":"fail","Package":"p"}
`, failed: true, shows: "panic: x\n"},
		{name: "build fails", in: `{"Action":"build-output","ImportPath":"p","Output":"p.go:1: no\n"}
{"Action":"build-fail","ImportPath":"p"}
` + passing, failed: true, shows: "p.go:1: no\n"},
		{name: "skip", in: `{"Action":"output","Package":"p","Test":"TestC","Output":"no wine\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
` + passing, shows: "no wine\n"},
		{name: "skip where all must run", in: `{"Action":"skip","Package":"p","Test":"TestC"}
` + passing, all: true, failed: true, shows: "1 skipped"},
		{name: "part not run", in: `{"Action":"output","Package":"p","Test":"TestD","Output":"    d_test.go:1: not run: no files\n"}
{"Action":"pass","Package":"p","Test":"TestD"}
` + passing, all: true, shows: "p TestD: d_test.go:1: not run: no files\n"},
		{name: "slow package", in: `{"Action":"pass","Package":"p","Test":"TestE","Elapsed":4.5}
{"Action":"pass","Package":"p","Test":"TestF","Elapsed":61.25}
{"Action":"pass","Package":"p","Elapsed":70}
{"Action":"pass","Package":"q","Elapsed":4.9}
`, shows: "  70.0 s  p (TestF 61.2 s)\n2 packages", not: "4.9"},
		{name: "nothing", in: "", failed: true, shows: "no package was tested"},
		{name: "words of the go command", in: "go: no such module\n" + passing, shows: "go: no such module\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			failed, err := summarize(strings.NewReader(c.in), &out, c.all)
			if err != nil || failed != c.failed {
				t.Errorf("failed %v, error %v, want %v", failed, err, c.failed)
			}
			if !strings.Contains(out.String(), c.shows) || c.not != "" && strings.Contains(out.String(), c.not) {
				t.Errorf("shows %q, want %q and not %q", out.String(), c.shows, c.not)
			}
		})
	}
}
