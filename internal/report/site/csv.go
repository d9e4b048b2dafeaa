package site

import (
	"bytes"
	"encoding/csv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/report/sheet"
	"tlsready/internal/report/view"
)

// csvName is the list of all hosts for a spreadsheet, the same for every language: codes
// and days, as in the CSV of check.
const csvName = "hosts.csv"

// byteOrderMark lets Excel see that a file is UTF-8.
const byteOrderMark = "\ufeff"

// hostCSV writes a row for each host and service.
func (b *builder) hostCSV() error {
	out := bytes.NewBufferString(byteOrderMark)
	w := csv.NewWriter(out)
	w.UseCRLF = true // RFC 4180
	_ = w.Write([]string{"host", "service", "verdict", "cause", "since", "turn", "failsFrom", "owner", "site", "os", "program", "changes", "restart", "firstSeen", "lastSeen", "gone", "error", "prerequisites"})
	for i := range b.doc.Hosts {
		h := &b.doc.Hosts[i]
		for j := range h.Services {
			if err := w.Write(b.csvRow(h, &h.Services[j])); err != nil {
				return err
			}
		}
	}
	w.Flush()
	return b.put(csvName, out.Bytes())
}

func (b *builder) csvRow(h *document.FleetHost, s *document.FleetHostService) []string {
	changes, first, restart, gone := "", "", "", "false"
	if own := b.fixes[s.Fix]; own != nil {
		changes = sheet.JoinOf(view.ChangeSettings(own.Changes), func(c view.Setting) string { return c.Key + " " + c.Name + " = " + c.Value })
	}
	if g := b.groups[s.Group]; g != nil && len(g.Changes)+len(g.Prerequisites) > 0 {
		first, restart = sheet.JoinOf(g.Prerequisites, func(p document.Prerequisite) string { return p.Kind + " " + p.ID }), g.Restart
	}
	if s.Gone {
		gone = "true"
	}
	row := []string{h.Host, s.Service, s.Verdict, s.Cause, s.Since, s.Turn, s.FailsFrom, h.Owner, h.Site, view.OsText(h.OS), s.Program, changes, restart, h.FirstSeen, s.Seen, gone, s.Error, first}
	for i, cell := range row {
		row[i] = sheet.Neutral(strings.ToValidUTF8(cell, "\ufffd"))
	}
	return row
}
