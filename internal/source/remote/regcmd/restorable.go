package regcmd

import (
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// Restorable says why a value in a key could not be put back as it is if it were
// replaced; nil if it can. The machine's console prints "?" for a character that its
// code page lacks, so a text with "?" is not known for sure.
func (r *Registry) Restorable(key string, v registry.Value) error {
	if _, err := r.shell.adding(key, v); err != nil {
		return message.At(key, err)
	}
	d := v.Data()
	if strings.ContainsAny(d.Text+strings.Join(d.Strings, ""), "?\ufffd") {
		return message.Error("regcmd.not-restorable", message.Str("key", key), message.Quote("name", v.Name))
	}
	return nil
}
