// Package judge holds hosts against services, one host at a time: what is asked is
// read from its names, and each host is judged. It starts no goroutine and reaches for
// no machine, so that a run over a fleet and a page in a browser judge the same way.
package judge
