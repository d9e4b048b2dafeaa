//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "watch: runs on Linux, where tshark is a package and a process tells what it used")
	os.Exit(2)
}
