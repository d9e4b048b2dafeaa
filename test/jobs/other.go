//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "jobs: runs on Linux, where one process can listen on many loopback addresses")
	os.Exit(2)
}
