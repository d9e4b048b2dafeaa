// Package fidelity holds the predicted hellos of Windows against those that were seen,
// and keeps docs/fidelity.md, which says what differs and why.
package fidelity
