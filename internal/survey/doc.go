// Package survey is a run over many things: hosts that are judged, endpoints that
// are probed, machines that are changed. Rooms that fetch and rooms that judge
// meet here. It knows no terminal, no flags and no exit status, so that a command,
// a worker and a page run the same work.
package survey
