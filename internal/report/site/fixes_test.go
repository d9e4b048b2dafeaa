package site

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"path"
	"strings"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/report/view"
	"tlsready/internal/testkit/runkit"
)

// Proves that a host's page has its fix and its own undo as lines to paste, which of two
// hosts of a group may differ; and none where the undo is not known, where a value cannot
// be typed, or where there is nothing to do.
func TestCommands(t *testing.T) {
	const key = `HKLM\SOFTWARE\Example`
	change := func(name string, before *document.Before) document.Change {
		return document.Change{Key: key, Name: name, Data: host.Dword(1), Before: before}
	}
	b, err := newBuilder(&document.Fleet{Fixes: []document.FleetFix{
		{ID: "absent", Changes: []document.Change{change("A", &document.Before{State: host.Absent})}},
		{ID: "zero", Changes: []document.Change{change("A", &document.Before{State: host.Present, Data: host.Dword(0)})}},
		{ID: "unknown", Changes: []document.Change{change("A", nil)}},
		{ID: "not-asked", Changes: []document.Change{change("A", &document.Before{State: host.NotAsked})}},
		{ID: "untypable", Changes: []document.Change{change("A\r\nB", &document.Before{State: host.Absent})}},
		{ID: "long", Changes: []document.Change{change(strings.Repeat("A", maxCommands), &document.Before{State: host.Absent})}},
	}}, "en", nil)
	if err != nil {
		t.Fatal(err)
	}
	x64 := &document.FleetHost{OS: &host.OS{Version: "6.3", Architecture: "x64"}}
	for id, want := range map[string]string{
		"absent": `reg delete "` + key + `" /v A /f /reg:64`,
		"zero":   `reg add "` + key + `" /v A /t REG_DWORD /d 0 /f /reg:64`,
	} {
		c := b.commands(x64, &document.FleetHostService{Fix: id})
		if c == nil || c.Apply != `reg add "`+key+`" /v A /t REG_DWORD /d 1 /f /reg:64` || c.Undo != want {
			t.Errorf("%s: %+v", id, c)
		}
	}
	for _, id := range []string{"", "gone", "unknown", "not-asked", "untypable", "long"} {
		if c := b.commands(x64, &document.FleetHostService{Fix: id}); c != nil {
			t.Errorf("%s: %+v", id, c)
		}
	}
}

// Proves that hosts.csv has a row for each host and service, with what the pages say, and
// that no cell of it is a formula to a spreadsheet.
func TestHostsCSV(t *testing.T) {
	doc := read(t, runkit.Fleet{Hosts: 24, Nights: 20, Last: "2026-11-28"})
	doc.Hosts[0].Owner = `=HYPERLINK("http://example.com")`
	text, bom := strings.CutPrefix(string(pages(t, doc)[csvName]), byteOrderMark)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !bom || len(rows) != 1+len(doc.Hosts) {
		t.Fatalf("%v, mark %v, %d rows of %d hosts", err, bom, len(rows), len(doc.Hosts))
	}
	needs := map[string]string{} // of each group
	for _, g := range doc.Groups {
		if len(g.Prerequisites) > 0 {
			needs[g.ID] = g.Prerequisites[0].Kind + " " + g.Prerequisites[0].ID
		}
	}
	fixed, needing := 0, 0
	for i, h := range doc.Hosts {
		row := map[string]string{}
		for n, name := range rows[0] {
			row[name] = rows[i+1][n]
			if strings.ContainsAny(row[name][:min(1, len(row[name]))], "=+-@\t\r\n") {
				t.Errorf("%s: %s is a formula: %q", h.Host, name, row[name])
			}
		}
		s := h.Services[0]
		if row["host"] != h.Host || row["verdict"] != s.Verdict || row["since"] != s.Since || row["os"] != view.OsText(h.OS) || (row["changes"] != "") != (s.Fix != "") {
			t.Errorf("%+v: %v", h, row)
		}
		if s.Fix != "" {
			fixed++
		}
		if row["prerequisites"] != needs[s.Group] {
			t.Errorf("%s: first %q, want %q", h.Host, row["prerequisites"], needs[s.Group])
		}
		if needs[s.Group] != "" {
			needing++
		}
	}
	if fixed == 0 || fixed == len(doc.Hosts) || needing == 0 {
		t.Errorf("%d hosts have a fix, %d need something first", fixed, needing)
	}
}

// Proves that the page of a group says by which command its fix is written as files, in a
// spelling that a Windows prompt takes for one word, and that a group that no setting helps
// says none.
func TestFilesCommand(t *testing.T) {
	one := []document.Change{{Key: `HKLM\SOFTWARE\Example`, Name: "A", Data: host.Dword(1)}}
	for _, c := range []struct {
		group document.FleetGroup
		want  string
	}{
		{document.FleetGroup{Service: "azure-backup", Changes: one}, "tlsready fix SOURCE --service azure-backup --dir fix"},
		{document.FleetGroup{Service: "our api & more", Changes: one}, `tlsready fix SOURCE --service "our api & more" --dir fix`},
		{document.FleetGroup{Service: "azure-backup"}, ""},
	} {
		if got := filesCommand(&c.group); got != c.want {
			t.Errorf("%q: %q, want %q", c.group.Service, got, c.want)
		}
	}
}

// Proves which groups have their fix as files: those whose changes a script for the whole
// machine can make and take back; hosts that start from another state have a folder of
// their own, and hosts of which nobody knows what stood there are left out.
func TestArchive(t *testing.T) {
	const machine = `HKLM\SOFTWARE\Example`
	fix := func(id, key string, before *document.Before) document.FleetFix {
		return document.FleetFix{ID: id, Changes: []document.Change{{Key: key, Name: "A", Data: host.Dword(1), Before: before}}}
	}
	absent := &document.Before{State: host.Absent}
	doc := &document.Fleet{Fixes: []document.FleetFix{
		fix("absent", machine, absent), fix("zero", machine, &document.Before{State: host.Present, Data: host.Dword(0)}),
		fix("unknown", machine, nil), fix("not-asked", machine, &document.Before{State: host.NotAsked}), fix("user", `HKCU\SOFTWARE\Example`, absent),
	}}
	for _, f := range append(doc.Fixes, document.FleetFix{ID: ""}) {
		doc.Hosts = append(doc.Hosts, document.FleetHost{Host: "osaka/" + f.ID, Services: []document.FleetHostService{{Service: "mail", Group: "g", Fix: f.ID}}})
	}
	b, err := newBuilder(doc, "en", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		hosts   []string
		restart string
		want    int // hosts that the files are for
		folders int
	}{
		{[]string{"osaka/absent", "osaka/zero", "osaka/unknown", "osaka/not-asked", "osaka/user", "osaka/", "osaka/of-nobody"}, "service", 2, 2},
		{[]string{"osaka/unknown", "osaka/user"}, "service", 0, 0},
		{[]string{"osaka/absent"}, "tomorrow", 0, 0}, // no format takes such a plan
		{nil, "service", 0, 0},
	} {
		data, n, err := b.archive(&document.FleetGroup{ID: "g", Service: "mail", Hosts: c.hosts, Restart: c.restart})
		if err != nil || n != c.want {
			t.Errorf("%q: files for %d hosts, want %d: %v", c.hosts, n, c.want, err)
		}
		lists := 0
		if archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil {
			for _, f := range archive.File {
				if path.Base(f.Name) == "hosts.txt" {
					lists++
				}
				if strings.HasPrefix(f.Name, "all/") {
					t.Errorf("%s is in the archive", f.Name)
				}
			}
		} else if c.want > 0 {
			t.Error(err)
		}
		if lists != c.folders {
			t.Errorf("%q: %d folders, want %d", c.hosts, lists, c.folders)
		}
	}
}
