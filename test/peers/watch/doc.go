// Command watch reads captures that it makes itself with tlsready and beside it with
// tshark and with a loop over gopacket's reassembly, and prints what each took and how
// many connections it found.
//
//	go run ./test/peers/watch                   1 GB of HTTPS, 256 MB of handshakes
//	go run ./test/peers/watch -big 100 -hs 30   less of both, in MB
//
// All run on one processor (GOMAXPROCS=1 for the two in Go). Compare the ratios of one
// run, and of a busy machine those of the processor's time.
package main
