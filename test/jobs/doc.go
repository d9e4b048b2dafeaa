// Command jobs proves what docs/jobs.md and docs/scale.md say of jobs and workers, with
// processes, on loopback:
//
//	go run ./test/jobs kill               the server and three workers are killed at random during 10,000 jobs
//	go run ./test/jobs scale              50,000 endpoints that answer after 50 ms: 1, 2 and 4 workers
//	go run ./test/jobs overhead           the same work by commands and as jobs, in processor time
package main
