//go:build !js

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"tlsready/internal/page"
)

// maxLine bounds a message, in bytes.
const maxLine = 16 << 20

// main answers messages outside of a browser, to look into what the page says: one on
// each line of standard input, as tlsready.send takes them, and the answer on one line.
func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, maxLine)
	var s page.Session
	for in.Scan() {
		answer, data := s.Answer(context.Background(), in.Bytes())
		fmt.Printf("%s\t%d bytes\n", answer, len(data))
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
