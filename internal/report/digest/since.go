package digest

import (
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// SinceLine is what became of some hosts since an earlier run.
type SinceLine struct {
	ID    string // "mended", "fell-back", "judged", "unjudged", "new", "gone"
	Word  string
	N     int
	Hosts string
}

// Since says in a sentence what became of the hosts since an earlier run, and in lines
// of which. Without an earlier run the sentence is "".
func (w Words) Since(s *document.Since) (sentence string, lines []SinceLine) {
	if s == nil {
		return "", nil
	}
	var parts []string
	for _, one := range []struct {
		id    string
		hosts []document.SinceHost
	}{
		{"mended", s.Mended},
		{"fell-back", s.FellBack},
		{"judged", s.Judged},
		{"unjudged", s.Unjudged},
		{"new", s.New},
		{"gone", s.Gone},
	} {
		if len(one.hosts) == 0 {
			continue
		}
		parts = append(parts, w.D("since."+one.id, message.Int("n", len(one.hosts))))
		lines = append(lines, SinceLine{one.id, w.D("since.row." + one.id), len(one.hosts), w.SinceHosts(one.hosts)})
	}
	if len(parts) == 0 {
		parts = append(parts, w.D("since.same"))
	}
	return w.D("since", message.Str("file", s.File), message.Str("what", w.List(parts))), lines
}

// SinceHosts names the hosts to which the same happened, the first of many, each with the
// policy that did it if that is known.
func (w Words) SinceHosts(hosts []document.SinceHost) string {
	var names []string
	for _, h := range hosts[:min(len(hosts), listed)] {
		name := h.Host
		if len(h.Policy) > 0 {
			name = w.D("since.policy", message.Str("host", name), message.Str("values", w.List(h.Policy)))
		}
		names = append(names, name)
	}
	text := w.List(names)
	if left := len(hosts) - len(names); left > 0 {
		text = w.D("more", message.Str("list", text), message.Int("n", left))
	}
	return text
}
