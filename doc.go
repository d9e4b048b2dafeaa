// Package tlsready is the vocabulary of the project and its one idea.
//
// A TLS connection is one question asked from two sides: what does the client
// offer, and what does the server accept. [Offer] is the first, [Acceptance]
// the second, and [Negotiate] is the only function between them. A predicted
// offer and an observed one are the same type; so are a stated, a probed and a
// predicted acceptance.
//
// The package uses the standard library only and does no I/O.
package tlsready
