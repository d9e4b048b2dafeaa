// Package api is what programs ask of the console, below /api/v1. Every route is described
// by the OpenAPI document that lies beside this file, and a test holds the two together.
//
// # POST /api/v1/results
//
// What runs of check, collect, probe and watch found, for --server. Needs Operate.
//
//	Content-Type: application/x-ndjson
//	Content-Encoding: gzip or zstd, or none
//
// The body is JSON Lines of tlsready.result/v1, one for each entry of a store.Batch:
// results.WriteLines writes them, so that a client is a results.Recording whose Record
// posts one batch. A line that is tlsready.host/v1, tlsready.endpoint/v1 or
// tlsready.connection/v1 as commands print them is taken as well; what has no time of its
// own counts for the moment of the request, and connections count as one run, so that those
// of one run belong into one request.
//
// At most [MaxResults] bytes after unpacking, [MaxLine] in a line, [MaxLines] lines. Hosts
// without outcomes are judged by the server.
//
// The answer is tlsready.recorded/v1, with status
//
//   - 200: the lines were recorded and are on the disk, but for those in "refused", each
//     with its line, what was wrong, and what helps. They are wrong forever: sending them
//     again does not help.
//   - 400, 413, 415: nothing was recorded; the body says {"error", "hint"}.
//   - 401, 403: the token is not good, or not for this.
//   - 429, 503, or no answer: send the same again, after the seconds of Retry-After. A
//     batch that had been recorded changes nothing.
//
// # POST /api/v1/hosts
//
// One host that reports itself, or is reported. Needs Enrol or Operate: a token for
// enrolment is spent when the host is recorded. The same host with the same settings may
// come again; any other gets 401, as one that the token is not bound to does.
//
//	POST /api/v1/hosts?host=acme/DC01
//	Authorization: Bearer TOKEN
//	Content-Type: application/octet-stream, application/json, text/plain
//
// The body is a snapshot (tlsready.host/v1), what the collector script wrote, or any other
// file that check reads and that is one host, at most [MaxHost] bytes. The host's id is
// "host" of the query, else the name that the file has. The answer is tlsready.recorded/v1
// with status 201, or 400 if the file is not one host, with why.
//
// # POST /api/v1/import
//
// Any files that check reads, or lines of probe and watch. Needs Operate.
//
//	Content-Type: multipart/form-data (fields "file", several), or anything else for one
//	file, whose name is "name" of the query
//
// Archives (.zip) are unpacked. The answer is tlsready.recorded/v1 with status 200, with
// what was taken and what not, by name and why.
package api
