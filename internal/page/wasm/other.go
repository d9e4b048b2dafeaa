//go:build !js

package main

import (
	"fmt"
	"os"
)

// main is here so that the module builds as a whole on every system.
func main() {
	fmt.Fprintln(os.Stderr, "this is a program for browsers: GOOS=js GOARCH=wasm go build ./internal/page/wasm")
	os.Exit(2)
}
