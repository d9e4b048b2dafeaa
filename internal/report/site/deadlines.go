package site

import (
	"strconv"

	"tlsready/internal/document"
	"tlsready/internal/report/fleetparts"
)

// maxPoints is how many days a table lists.
const maxPoints = 370

// deadlinePages are a page for each service: its picture, and the numbers behind it.
func (b *builder) deadlinePages() error {
	for i := range b.doc.Deadlines {
		d := &b.doc.Deadlines[i]
		page := b.deadline(d)
		head := b.Cols("date", "#not-ready", "#unknown", "#ready", "#unseen", "note")
		page.Table = fleetparts.Table{Caption: b.T("numbers"), Head: head}
		for at := len(d.Course) - 1; at >= max(0, len(d.Course)-maxPoints); at-- {
			p := d.Course[at]
			note := ""
			if p.Cut {
				note = b.T("cut")
			}
			row, err := b.Row(head, fleetparts.Cell{Text: p.Date}, number(p.NotReady), number(p.Unknown), number(p.Ready), number(p.Unseen), fleetparts.Cell{Text: note})
			if err != nil {
				return err
			}
			page.Table.Rows = append(page.Table.Rows, row)
		}
		if err := b.page(page.Href, page.Name, "deadline-page", page); err != nil {
			return err
		}
	}
	return nil
}

func number(n int) fleetparts.Cell { return fleetparts.Cell{Text: strconv.Itoa(n)} }

// deadline is a service with its picture, and with the link to its page.
func (b *builder) deadline(d *document.FleetDeadline) fleetparts.Deadline {
	out := b.Deadline(d, true)
	out.Href = deadlinePage(d.Service.ID)
	return out
}
