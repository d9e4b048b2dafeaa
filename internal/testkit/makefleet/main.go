// Command makefleet writes a folder of generated host snapshots, for
// measurements: makefleet -n 10000 DIR.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"tlsready/internal/host"
	"tlsready/internal/testkit/hostgen"
)

func main() {
	n := flag.Int("n", 10000, "how many hosts")
	seed := flag.Uint64("seed", 1, "the same seed makes the same hosts")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: makefleet [-n HOSTS] [-seed N] DIR")
		os.Exit(2)
	}
	if err := write(flag.Arg(0), *n, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "makefleet:", err)
		os.Exit(1)
	}
}

// write makes one file for each host, a thousand to a folder.
func write(dir string, n int, seed uint64) error {
	g := hostgen.New(seed)
	for i := range n {
		s := g.Next()
		s.Programs = &[]host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9207.0"}}
		text, err := json.Marshal(s)
		if err != nil {
			return err
		}
		folder := filepath.Join(dir, fmt.Sprintf("site%03d", i/1000))
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("host%05d.json", i)), text, 0o666); err != nil {
			return err
		}
	}
	return nil
}
