// Package fleet puts the results of many days together: how many hosts are ready for a
// deadline, how fast the number of the others falls, and what became of each host,
// endpoint and client. It reads nothing and shows nothing: whoever has lines, from files
// or from a store, gives them to a [Ledger] in any order and gets a [document.Fleet].
//
// A ledger keeps 16 bytes for each host, service and day, and each different outcome once.
package fleet
