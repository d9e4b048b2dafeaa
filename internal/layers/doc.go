// Package layers holds the tests of the project's own rules: which room may
// import which, how long functions and files may be, and no hidden state.
package layers
