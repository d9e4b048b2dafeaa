// Package programs holds the reader of programs against what real compilers
// write: Mono's C# compiler and MinGW.
package programs
