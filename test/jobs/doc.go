// Command jobs proves what docs/jobs.md and docs/scale.md say of jobs and workers, with
// processes, on loopback:
//
//	go run ./test/jobs kill               the server and three workers are killed at random during 10,000 jobs
package main
