// Package gather turns what was read of a Windows registry into a snapshot: which
// keys are asked for, what was answered, and what the answers say of system,
// updates, programs and certificates. Every family of sources comes here.
package gather
