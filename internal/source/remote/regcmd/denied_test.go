package regcmd

import (
	"strings"
	"testing"

	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/sourcetest"
)

// Proves, for every key that the model reads, that a machine whose reg.exe may not
// read it, or a key above it, is never judged as if it were absent: over both
// shells and in three languages.
func TestDenied(t *testing.T) {
	for _, s := range sourcetest.Subjects() {
		for _, key := range s.Above() {
			for _, f := range []*fakeReg{newReg(nil, Cmd, "en"), newReg(nil, Cmd, "ja"), newReg(nil, PowerShell, "de")} {
				f.Memory, f.Denied = registrytest.NewMemory(), map[string]bool{strings.ToLower(key): true}
				for _, v := range s.All() {
					f.Put(v.Key, v.Name, v.Data)
				}
				read, err := gather.FromMachine(t.Context(), gather.Machine{URL: "ssh://admin@fs01", Name: "fs01", Registry: newRegistry(f)}, source.Options{OS: "6.3.9600"})
				s.Hold(t, f.Language+", denied "+key, read, err)
			}
		}
	}
}
