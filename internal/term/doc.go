// Package term makes text for a terminal: how many columns it takes, where its
// lines break, tables, colour, and what may not be printed at all. It is pure:
// it knows no terminal. The one that a person sits at is in tty below it.
package term
