//go:build linux

package servers

import (
	"testing"

	"golang.org/x/sync/errgroup"

	"tlsready/test/lab/labkit"
)

// Parts of the errors of a server that does not begin TLS.
const (
	refuses = "the server refuses to begin TLS"
	foreign = "not an answer of this protocol"
)

// The suites of two policies that most servers here can be told to take.
const (
	gcmRSA = "1.2: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
	gcmEC  = "1.2: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
	// everyAES is a cipher string of OpenSSL with which TLS 1.0 works too. Several
	// of the servers have no finite-field parameters, so that it has no DHE.
	everyAES = "ECDHE+AES:kRSA+AES:!aNULL:@SECLEVEL=0"
)

// together is how many rows are probed at a time. Most of a probe of a mail server
// is waiting: it answers a hello that it refuses only after a pause.
const together = 6

// check probes every row, several at a time.
func check(t *testing.T, rows []labkit.Row) {
	t.Helper()
	var probes errgroup.Group
	probes.SetLimit(together)
	for _, r := range rows {
		r.Open = labkit.CurvePair
		probes.Go(func() error {
			t.Run(r.Name, r.Check)
			return nil
		})
	}
	_ = probes.Wait()
}
