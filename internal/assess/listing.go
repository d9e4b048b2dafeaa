package assess

import (
	"slices"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/explain"
	"tlsready/internal/service"
	"tlsready/internal/stack"
)

// ListService is a service as lists show it on a day.
func ListService(p *service.Profile, today service.Date) document.ListedService {
	return DaysLeft(UndatedService(p), today)
}

// UndatedService is a service as lists show it, without how many days are left.
func UndatedService(p *service.Profile) document.ListedService {
	at := deadline(p)
	phase := p.Phases[at]
	row := document.ListedService{
		ID: p.ID, Name: p.Name, Status: phase.Status, Accepts: document.Accept(p.Last().Acceptance()),
		AsOf: p.AsOf.String(), Callers: p.Callers,
	}
	if at > 0 {
		row.Deadline, row.Timezone = phase.From.String(), phase.Timezone
		for _, day := range phase.Formerly {
			row.Formerly = append(row.Formerly, day.String())
		}
	}
	return row
}

// DaysLeft is an undated service on a day.
func DaysLeft(row document.ListedService, today service.Date) document.ListedService {
	if from, err := service.ParseDate(row.Deadline); err == nil { // else it has no deadline
		days := daysBetween(today, from)
		row.DaysLeft = &days
	}
	return row
}

// deadline is the phase with which the versions of the last one began: later
// phases that change suites alone move no deadline.
func deadline(p *service.Profile) int {
	at := len(p.Phases) - 1
	for at > 0 && slices.Equal(p.Phases[at-1].Acceptance().Versions.List(), p.Last().Acceptance().Versions.List()) {
		at--
	}
	return at
}

// daysBetween counts from one day to another; negative if the other is earlier.
func daysBetween(from, to service.Date) int { return int(to.Sub(from.Time).Hours() / 24) }

// ListCallers lists the programs, then the generic callers that are no program.
func ListCallers() ([]document.ListedCaller, error) {
	var rows []document.ListedCaller
	seen := map[string]bool{}
	for i, id := range append(caller.Programs(), stack.Generic()...) {
		if seen[id] {
			continue
		}
		seen[id] = true
		c, _, err := caller.ByID(id)
		if err != nil {
			return nil, err
		}
		generic := i >= len(caller.Programs()) || len(c.Stacks) == 1 && c.Stacks[0].Stack == id
		rows = append(rows, document.ListedCaller{
			ID: c.ID, Name: c.Name, Stacks: stacksOf(c), OutOfScope: c.OutOfScope, Basis: c.Basis, Generic: generic,
		})
	}
	return rows, nil
}

// stacksOf names every stack that a caller uses anywhere, once.
func stacksOf(c *caller.Caller) []string {
	list := []string{}
	seen := map[string]bool{}
	for _, u := range c.Stacks {
		for _, id := range []string{u.Stack, u.Without, u.Or} {
			if id != "" && !seen[id] {
				seen[id] = true
				list = append(list, id)
			}
		}
	}
	return list
}

// Meanings are entries of the book of errors as a document.
func Meanings(found []explain.Entry) []document.Meaning {
	list := make([]document.Meaning, len(found))
	for i, e := range found {
		m := document.Meaning{ID: e.ID, Title: e.Title, Note: e.Note, Causes: []document.MeaningCause{}, Collect: []map[string]string{}, Citations: []document.Citation{}}
		for _, c := range e.Causes {
			m.Causes = append(m.Causes, document.MeaningCause{ID: c.ID, Text: c.Text, Tell: c.Tell})
		}
		for _, w := range e.Collect {
			m.Collect = append(m.Collect, w)
		}
		for _, c := range e.Citations {
			m.Citations = append(m.Citations, citationOf(c))
		}
		list[i] = m
	}
	return list
}
