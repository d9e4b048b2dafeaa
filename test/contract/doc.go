// Package contract puts the same hosts behind every source, and holds what each
// reads, and the verdicts on it, against the same table.
package contract
