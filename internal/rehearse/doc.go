// Package rehearse is a TLS server that lets clients try a cut-over before it comes: it
// reads what a client offers, holds that against what a service takes on a day, and tells
// the client. It speaks TLS 1.0 to 1.3; hellos of SSL 2.0 and 3.0 it reads and cannot
// finish.
//
// A connection goes three steps. The hello is read by the project's own parser, which
// takes every form of it ([Server] bounds time and memory, see the constants). It is
// judged as watch judges it. Then it is either refused, as a strict server refuses it, or
// handed with every byte that was read to crypto/tls, whose versions and suites are named
// in its configuration and depend on no setting of the environment.
package rehearse
