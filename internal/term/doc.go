// Package term makes text for a terminal: how many columns it takes, where its
// lines break, tables, colour, and what may not be printed at all. It is pure:
// it knows nothing of a real terminal, which is the business of tty, below it.
package term
