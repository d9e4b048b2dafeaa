//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "peers: runs on Linux, where one process can listen on many loopback addresses and the peers are packages")
	os.Exit(2)
}
