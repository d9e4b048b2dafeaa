//go:build !linux

package contract

// runningForms: the servers and images of these tests are made on Linux.
func runningForms() []form { return nil }
