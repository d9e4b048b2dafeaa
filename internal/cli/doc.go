// Package cli is the command line: flags, configuration, exit status, and the
// joining of sources with judgement. It is the only package that prints and
// the only one that knows arguments, environment and exit status.
package cli
