package hive_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tlsready/internal/hive"
	"tlsready/internal/host"
	"tlsready/internal/testkit/hivegen"
)

// mustBeTame opens and walks a damaged hive: a panic ends the test, any error must
// be a DamageError.
func mustBeTame(t *testing.T, data []byte, logs ...[]byte) (damaged bool) {
	t.Helper()
	h, err := hive.Open(data, logs...)
	if err == nil {
		_, _, err = walk(h)
	}
	var d *hive.DamageError
	if err != nil && !errors.As(err, &d) {
		t.Fatalf("%v is no DamageError", err)
	}
	return err != nil
}

// Thousands of damaged hives are read without a panic, each within a second.
func TestMutations(t *testing.T) {
	rounds := 6000
	if testing.Short() {
		rounds = 600
	}
	spec := hivegen.Spec{Values: sample(), Keys: []string{`a\b\c\d`, `a\b\e`}}
	var bases [][]byte
	for _, list := range []string{"lh", "lf", "li"} {
		spec.List = list
		bases = append(bases, spec.Build())
	}
	random := rand.New(rand.NewPCG(2021, 9))
	damaged := 0
	for i := range rounds {
		data := slices.Clone(bases[i%len(bases)])
		for range 1 + random.IntN(8) {
			at := random.IntN(len(data))
			if random.IntN(2) == 0 { // mostly structure: the big data are dull
				at = 4096 + random.IntN(4096)
			}
			data[at] = byte(random.Uint32())
		}
		hivegen.SetChecksum(data)
		start := time.Now()
		if mustBeTame(t, data) {
			damaged++
		}
		for tries := 1; time.Since(start) > time.Second; tries++ {
			if tries == 5 { // once is a busy machine
				t.Fatalf("round %d takes more than a second", i)
			}
			start = time.Now()
			mustBeTame(t, data)
		}
	}
	if damaged < rounds/10 {
		t.Errorf("only %d of %d mutations were noticed", damaged, rounds)
	}
	t.Logf("%d of %d mutations were noticed", damaged, rounds)
}

// Cut anywhere, a hive is damaged.
func TestCut(t *testing.T) {
	data := hivegen.Build(sample())
	for at := 0; at < len(data); at += 97 {
		if !mustBeTame(t, data[:at]) {
			t.Fatalf("cut to %d of %d bytes without an error", at, len(data))
		}
	}
}

// FuzzOpen reads any bytes as a hive and its log.
func FuzzOpen(f *testing.F) {
	// Small seeds: the fuzzer spends its time in proportion to their length.
	values := sample()[:7]
	dirty := hivegen.Spec{Values: values, Sequence: [2]uint32{9, 8}}.Build()
	after := hivegen.Spec{Values: append(values, host.Value{Key: logged, Data: host.Dword(1)})}.Build()
	f.Add(hivegen.Build(nil, `a\b`), []byte(nil), false)
	f.Add(hivegen.Build(values), []byte(nil), true)
	f.Add(dirty, hivegen.NewLog(dirty, hivegen.Entry{Sequence: 20, Size: uint32(len(after) - 4096), Pages: pages(dirty, after)}), false)
	f.Add(dirty, hivegen.OldLog(dirty, after[4096:]), false)
	f.Fuzz(func(t *testing.T, data, log []byte, mend bool) {
		if mend && len(data) >= 512 { // so that most inputs get beyond the checksum
			data = slices.Clone(data)
			hivegen.SetChecksum(data)
		}
		mustBeTame(t, data, log)
	})
}
