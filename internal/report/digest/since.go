package digest

import (
	"tlsready/internal/document"
	"tlsready/internal/message"
)

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
