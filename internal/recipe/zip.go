package recipe

import (
	"archive/zip"
	"errors"
	"io"
)

// Zip is an archive as a [Sink]: the files of a folder, with its manifest, and
// without times, so that the same plans give the same bytes.
type Zip struct{ Out io.Writer }

// Put writes the archive.
func (z Zip) Put(files []File) error {
	text, err := Manifest(files)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(z.Out)
	for _, f := range append([]File{{ManifestName, text}}, files...) {
		out, err := archive.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err == nil {
			_, err = out.Write(f.Data)
		}
		if err != nil {
			return errors.Join(err, archive.Close())
		}
	}
	return archive.Close()
}
