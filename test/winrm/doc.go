// Package winrm holds the tests of winrm:// against a WinRM service on loopback
// that hands each command to Wine's cmd and reg, and of that service against
// another client.
package winrm
