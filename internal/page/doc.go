// Package page is the check for a browser, without the browser: what a page asks and
// what it is answered. Hosts are read, judged, reported and fixed by the same rooms as
// on the command line; here stands only what a page needs besides. The program for the
// browser is in wasm, what it is shown with in web, and what makes one file of both in
// pack.
package page
