// Package samba holds the tests of the remote registry against a samba server,
// which they start on loopback.
package samba
