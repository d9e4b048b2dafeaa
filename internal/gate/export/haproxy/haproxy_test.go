package haproxy_test

import (
	"testing"

	"tlsready/internal/gate/export/exporttest"
	"tlsready/internal/gate/export/haproxy"
)

// Proves that HAProxy's engine keeps to what all of them promise.
func TestContract(t *testing.T) { exporttest.Run(t, haproxy.Engine{}) }
