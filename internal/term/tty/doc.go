// Package tty is the terminal that a person sits at: what the program reads and
// writes, what goes to standard error and in which form, progress, questions.
// It is for the command line alone.
package tty
