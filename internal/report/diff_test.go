package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/report/view"
)

func diffFixture() *document.Diff {
	protocol := "protocol-version"
	d := &document.Diff{Schema: document.DiffSchema, On: "2021-09-01", Today: "2021-06-15", Hosts: []document.HostDiff{
		{
			Host: "FS01", State: document.ChangedHost,
			Verdicts: []document.VerdictDiff{{Service: "tls12", Caller: "schannel", Stack: "schannel", Before: "unknown", After: "fails", CauseAfter: &protocol, Effect: document.Known}},
			Differences: []document.Difference{{
				Area: document.RegistryArea, Key: `HKLM\A`, Name: "=1+1", Before: document.Side{State: "absent"},
				After: document.Side{State: "present", Type: host.SZ, Value: json.RawMessage(`"表\n=x"`)},
			}},
		},
		{Host: "FS02", State: document.SameHost, Verdicts: []document.VerdictDiff{}, Differences: []document.Difference{}},
		{Host: "FS03", State: document.UnreadableHost, ErrorAfter: "cut", Verdicts: []document.VerdictDiff{}, Differences: []document.Difference{}},
	}}
	for _, h := range d.Hosts {
		d.Summary.Add(h)
	}
	return d
}

// Proves that the CSV of diff has its BOM and CRLF, a line for each thing that
// changed and for each host without one, and no cell that a spreadsheet would
// calculate.
func TestDiffCSV(t *testing.T) {
	var out bytes.Buffer
	if err := diffCSV(&out, diffFixture(), view.Options{}); err != nil {
		t.Fatal(err)
	}
	text, found := strings.CutPrefix(out.String(), "\ufeff") // six ends of lines: five rows, and one in a cell
	if !found || strings.Count(text, "\r\n") != 6 {
		t.Errorf("BOM %v, text %q", found, text)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	cell := func(row int, name string) string {
		for i, column := range rows[0] {
			if column == name {
				return rows[row][i]
			}
		}
		t.Fatalf("no column %s", name)
		return ""
	}
	for _, c := range []struct {
		row        int
		name, want string
	}{
		{1, "kind", "verdict"},
		{1, "verdictBefore", "unknown"},
		{1, "causeAfter", "protocol-version"},
		{1, "area", ""},
		{2, "kind", "difference"},
		{2, "name", "'=1+1"},
		{2, "stateBefore", "absent"},
		{2, "typeAfter", "REG_SZ"},
		{2, "valueAfter", "表\n=x"},
		{2, "effect", ""},
		{3, "kind", "host"},
		{3, "state", "same"},
		{4, "errorAfter", "cut"},
	} {
		if got := cell(c.row, c.name); got != c.want {
			t.Errorf("row %d, %s: %q, want %q", c.row, c.name, got, c.want)
		}
	}
}

// Proves that the lines of diff are those of the document, each naming its form,
// the summary last.
func TestDiffStream(t *testing.T) {
	var out bytes.Buffer
	d, s := diffFixture(), NewDiffStream(&out)
	for _, h := range d.Hosts {
		if err := s.Host(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.End(d); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines {
		var got struct {
			Schema, Kind, Host string
			Fails, Hosts       int
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		switch last := i == len(lines)-1; {
		case got.Schema != document.DiffSchema, last != (got.Kind == "summary"), !last && got.Host != d.Hosts[i].Host:
			t.Errorf("line %d: %s", i+1, line)
		case last && (got.Fails != 1 || got.Hosts != 3):
			t.Errorf("summary %s", line)
		}
	}
}
