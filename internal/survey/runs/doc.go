// Package runs reads what check, probe and watch wrote on many days, as lines or as the
// JSON of check, and gives it to a [fleet.Ledger]: files, folders, packed or not. A file is
// read line by line; what cannot be read is counted and named, and the rest goes on.
package runs
