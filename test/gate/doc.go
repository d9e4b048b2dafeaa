// Package gate runs what "tlsready gate --export" writes: a real HAProxy and a real nginx
// go through plans in fast motion, and clients through them.
package gate
