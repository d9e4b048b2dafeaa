package page

import (
	"cmp"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/explain"
	"tlsready/internal/message"
	"tlsready/internal/report/digest"
)

// Explain says what an error text, code, event or alert may mean, and what the last
// check found on the hosts that it is about.
func (s *Session) Explain(text, lang string) (*Meaning, error) {
	if err := tooLong(text); err != nil {
		return nil, err
	}
	book, err := explain.Open()
	if err != nil {
		return nil, err
	}
	found := assess.Meanings(book.Find(text))
	if len(found) == 0 {
		return nil, message.Error("web.error.meaning").Hinted("web.hint.meaning")
	}
	in := func(words map[string]string) string { return cmp.Or(words[lang], words["en"]) }
	first := found[0]
	m := &Meaning{Title: in(first.Title), Note: in(first.Note), Causes: []Cause{}, Collect: []string{}, Sources: first.Citations, Also: []string{}, Here: s.here(lang)}
	for _, c := range first.Causes {
		m.Causes = append(m.Causes, Cause{in(c.Text), in(c.Tell)})
	}
	for _, one := range first.Collect {
		m.Collect = append(m.Collect, in(one))
	}
	for _, other := range found[1:min(len(found), maxAlso+1)] {
		m.Also = append(m.Also, in(other.Title))
	}
	return m, nil
}

// here is what the last check says of hosts that fail or could not be judged.
func (s *Session) here(lang string) []Here {
	list := []Here{}
	if s.last == nil {
		return list
	}
	words := digest.NewWords(lang)
	d := digest.Of(s.last.document(message.For(lang)))
	for _, b := range d.Blocks {
		one := Here{Verdict: b.Verdict, Hosts: digest.Free(words.HostsOf(b))}
		switch b.Verdict {
		case document.Fails:
			one.Why, one.Set = digest.Free(words.Why(b, d)), digest.Free(words.Set(b))
		case document.Unknown:
			one.Why = digest.Free(words.Open(b))
		default:
			continue
		}
		list = append(list, one)
	}
	return list
}
