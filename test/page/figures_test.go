package page_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/testkit/hivegen"
)

// limits are what the page may take on a machine with nothing else to do, in
// milliseconds.
func limits() map[string]float64 {
	return map[string]float64{"ready": 1000, "one host": 100, "1,000 snapshots": 5000, "SOFTWARE of 60 MB": 3000}
}

// Measures what docs/performance.md says of the page. The times of a busy machine prove
// nothing, so that only ten times the limit is a failure:
//
//	go test ./test/page -run Figures -v
func TestFigures(t *testing.T) {
	dir := t.TempDir()
	single := write(t, "fs01.json", snapshot("fs01"))
	hive := filepath.Join(dir, "SOFTWARE")
	if err := os.WriteFile(hive, bigHive(60<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	f := drive(t, plan{Flows: []string{"figures"}, Figures: []figure{
		{"one host", "#files", []string{single}},
		{"one host", "#files", []string{single}},
		{"1,000 snapshots", "#folder", []string{manyFiles(t, 1000)}},
		{"SOFTWARE of 60 MB", "#files", []string{hive}},
	}})
	for name, ms := range f.Times {
		t.Logf("%s: %.0f ms", name, ms)
		if limit, known := limits()[name]; known && ms > 10*limit {
			t.Errorf("%s takes %.0f ms", name, ms)
		}
	}
	for _, flow := range f.Flows {
		if len(flow.Steps) != 1 || !flow.Steps[0] {
			t.Errorf("%s: %s", flow.Name, flow.Words)
		}
	}
}

// bigHive is a SOFTWARE hive of at least so many bytes: what decides, among keys of
// programs.
func bigHive(size int) []byte {
	values := []host.Value{
		{Key: `Microsoft\Windows NT\CurrentVersion`, Name: "ProductName", Data: host.String("Windows Server 2012 R2 Standard")},
		{Key: `Microsoft\Windows NT\CurrentVersion`, Name: "CurrentVersion", Data: host.String("6.3")},
		{Key: `Microsoft\Windows NT\CurrentVersion`, Name: "CurrentBuildNumber", Data: host.String("9600")},
	}
	text := host.String(fmt.Sprintf("%0200d", 7))
	for i := 0; i*1000 < size; i++ {
		values = append(values, host.Value{Key: fmt.Sprintf(`Classes\Program%05d\Part`, i), Name: "Text", Data: text})
	}
	return hivegen.Build(values)
}
