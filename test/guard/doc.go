// Package guard holds what the program prints and writes: the exit status,
// standard output, standard error and files of every command in every format and
// language. README.md says how to use it.
package guard
