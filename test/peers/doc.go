// Command peers runs tlsready probe beside other tools, against servers that it
// starts itself on loopback, and prints what each took and said as Markdown tables.
//
//	go run ./test/peers            every block
//	go run ./test/peers -only many,one -n 5
//
// The tools take turns within a block, so that what else happens on the machine
// meets all of them; figures are medians. Compare the ratios of one run.
package main
