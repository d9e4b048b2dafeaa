package envoy_test

import (
	"testing"

	"tlsready/internal/gate/export/envoy"
	"tlsready/internal/gate/export/exporttest"
)

// Proves that Envoy's engine keeps to what all of them promise.
func TestContract(t *testing.T) { exporttest.Run(t, envoy.Engine{}) }
