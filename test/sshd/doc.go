// Package sshd holds the tests of ssh:// against OpenSSH's server on loopback,
// which hands each command to Wine's cmd and reg.
package sshd
