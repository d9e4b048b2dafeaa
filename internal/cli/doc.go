// Package cli is the command line: one file for each command, with its flags and its
// questions, over the frame that all of them share. It joins sources with judgement, and
// it and its frame are the only packages that print and that know arguments, environment
// and exit status.
package cli
