// Package files reads hosts from files that come from one machine, and from lists
// of machines: snapshots, .reg exports, offline hives, what the collector scripts
// write, and inventory lists.
package files
