package nginx_test

import (
	"testing"

	"tlsready/internal/gate/export/exporttest"
	"tlsready/internal/gate/export/nginx"
)

// Proves that nginx's engine keeps to what all of them promise.
func TestContract(t *testing.T) { exporttest.Run(t, nginx.Engine{}) }
