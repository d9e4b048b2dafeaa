package files_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/source"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/testkit/hivegen"
)

// BenchmarkReadHive reads a SYSTEM hive of 40,000 keys from disk: only what is
// covered of it.
func BenchmarkReadHive(b *testing.B) {
	const keys = 40_000
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprintf(`ControlSet001\Services\service%05d\Parameters%d`, i/4, i%4)
	}
	values := []host.Value{
		{Key: "Select", Name: "Current", Data: host.Dword(1)},
		{Key: `ControlSet001\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, Name: "Enabled", Data: host.Dword(0)},
		{Key: `ControlSet001\Control\Cryptography\Configuration\Local\SSL\00010002`, Name: "Functions", Data: host.Multi("TLS_RSA_WITH_AES_128_CBC_SHA")},
	}
	dir := filepath.Join(b.TempDir(), "fs01")
	if err := os.Mkdir(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "SYSTEM"), hivegen.Build(values, names...), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		s, err := sourcetest.ReadOne(b, dir, source.Options{OS: "6.3.9600"})
		if err != nil {
			b.Fatal(err)
		}
		if len(s.Registry) != 2 {
			b.Fatalf("%d values", len(s.Registry))
		}
	}
}
