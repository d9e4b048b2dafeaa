package table

import (
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Proves that every area, state and fact that diff shows has words.
func TestDiffHasWords(t *testing.T) {
	var ids []string
	for _, area := range []string{
		document.SystemArea, document.CoverageArea, document.RegistryArea, document.UpdateArea, document.FileArea, document.CertificateArea, document.ProgramArea,
	} {
		ids = append(ids, "diff.area."+area)
	}
	for _, state := range []string{document.AddedHost, document.RemovedHost, document.UnreadableHost} {
		ids = append(ids, "diff.state."+state)
	}
	for _, fact := range []string{"hostName", "name", "version", "build", "revision", "servicePack", "architecture", "type"} {
		ids = append(ids, "diff.system."+fact)
	}
	ids = append(ids, "diff.side."+document.Asked, "diff.side."+document.InPart, "diff.store.root", "diff.store.intermediate", "state."+string(host.NotAsked))
	for _, lang := range message.Languages() {
		for _, id := range ids {
			if !message.For(lang).Has(id) {
				t.Errorf("%s: no text %q", lang, id)
			}
		}
	}
}
