package recipe

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// ManifestName is the file by which a folder of change sets is known: the files
// that were written, with their SHA-256.
const ManifestName = "tlsready-fix.json"

const manifestSchema = "tlsready.fix-folder/v1"

type manifest struct {
	Schema string            `json:"schema"`
	Files  map[string]string `json:"files"` // slash path → SHA-256 in hex
}

// Manifest is the text of the manifest of files.
func Manifest(files []File) ([]byte, error) {
	m := manifest{Schema: manifestSchema, Files: map[string]string{}}
	for _, f := range files {
		m.Files[f.Name] = Digest(f.Data)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

// ReadManifest gives the digests of the files that a manifest names, by their slash
// paths; false if text is not a manifest.
func ReadManifest(text []byte) (map[string]string, bool) {
	var m manifest
	err := json.Unmarshal(text, &m)
	return m.Files, err == nil && m.Schema == manifestSchema
}

// Digest is a file's SHA-256 in hex, as a manifest has it.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
