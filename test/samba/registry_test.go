package samba

import (
	"testing"

	"tlsready/internal/registry/registrytest"
)

const base = `HKLM\SOFTWARE\tlsready test`

// Proves that samba's registry keeps the contract of registries through our
// calls, byte for byte, and that net registry sees the same.
func TestContract(t *testing.T) {
	s := needServer(t)
	s.registry(t, "createkey", base)
	registrytest.Contract(t, s.open(t), base)
}
