// Command makeruns makes the lines of many nights out of those of one, for measurements
// and pictures: makeruns -n 90 -to 2026-11-28 LINES DIR. Night by night some of the hosts
// that fail are mended, a few fall back, and a few are switched off.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
)

func main() {
	n := flag.Int("n", 90, "how many nights")
	to := flag.String("to", "", "the last of them, YYYY-MM-DD")
	packed := flag.Bool("gzip", false, "pack each file")
	moved := flag.Bool("moved", false, "each night's snapshots lie in a folder of its own, so that no line is like that of the night before")
	flag.Parse()
	last, err := time.Parse(time.DateOnly, *to)
	if err == nil && flag.NArg() != 2 {
		err = fmt.Errorf("usage: makeruns [-n NIGHTS] -to DAY LINES DIR")
	}
	if err == nil {
		err = write(flag.Arg(0), flag.Arg(1), *n, last, *packed, *moved)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "makeruns:", err)
		os.Exit(1)
	}
}

// fate is what becomes of a host.
type fate struct{ mended, back, off int } // nights; beyond the last: never

func write(lines, dir string, n int, last time.Time, packed, moved bool) error {
	text, err := os.ReadFile(lines)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for night := range n {
		day := last.AddDate(0, 0, night-n+1).Format(time.DateOnly)
		name := filepath.Join(dir, "check-"+day+".jsonl")
		if packed {
			name += ".gz"
		}
		if err := one(name, text, night, n, day, packed, moved); err != nil {
			return err
		}
	}
	return nil
}

// one writes the lines of one night.
func one(name string, text []byte, night, n int, day string, packed, moved bool) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	var to io.Writer = file
	if packed {
		z := gzip.NewWriter(file)
		defer z.Close()
		to = z
	}
	out := bufio.NewWriterSize(to, 1<<20)
	random := rand.New(rand.NewPCG(1, 1)) // the same fates every night
	hosts := map[string]int{}
	for line := range bytes.Lines(text) {
		switch {
		case bytes.Contains(line[:min(len(line), 64)], []byte(`"kind":"host"`)):
			line, err = host(line, draw(random, n), night, hosts)
			if moved {
				line = bytes.Replace(line, []byte(`"file":"`), []byte(`"file":"snapshots/`+day+`/`), 1)
			}
		case bytes.Contains(line[:min(len(line), 64)], []byte(`"kind":"summary"`)):
			line, err = summary(line, day, hosts)
		}
		if err == nil {
			_, err = out.Write(line)
		}
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

// draw draws a fate: four fifths of the hosts are mended, most of them while there is
// still time, and one in a hundred falls back.
func draw(random *rand.Rand, n int) fate {
	f := fate{mended: 2 * n, back: 2 * n, off: 2 * n}
	if random.IntN(5) > 0 {
		f.mended = random.IntN(n + n/2)
	}
	if random.IntN(100) == 0 {
		f.back = f.mended + random.IntN(n)
	}
	if random.IntN(50) == 0 {
		f.off = random.IntN(2 * n)
	}
	return f
}

func host(line []byte, f fate, night int, hosts map[string]int) ([]byte, error) {
	if night >= f.off {
		return nil, nil
	}
	var h map[string]any
	if err := json.Unmarshal(line, &h); err != nil {
		return nil, err
	}
	if h["verdict"] == "fails" && night >= f.mended && night < f.back {
		h["verdict"], h["cause"], h["failsFrom"], h["fixable"] = "connects", nil, nil, nil
		h["changes"], h["prerequisites"], h["restart"] = []any{}, []any{}, "none"
		head := []byte(`{"schema":"tlsready.check/v1","kind":"host",`)
		delete(h, "schema")
		delete(h, "kind")
		text, err := json.Marshal(h)
		if err != nil {
			return nil, err
		}
		line = append(append(head, text[1:]...), '\n')
	}
	hosts[h["verdict"].(string)]++
	return line, nil
}

// summary counts anew, and says the night's day.
func summary(line []byte, day string, hosts map[string]int) ([]byte, error) {
	var s map[string]any
	if err := json.Unmarshal(line, &s); err != nil {
		return nil, err
	}
	all := 0
	for _, name := range []string{"connects", "fails", "unknown", "notInstalled", "unreadable"} {
		s[name] = hosts[name]
		all += hosts[name]
	}
	s["hosts"], s["today"] = all, day
	text, err := json.Marshal(s)
	return append(text, '\n'), err
}
