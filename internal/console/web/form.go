package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
)

// EachFile gives the files of a form with their names, folders included, which
// [multipart.Part.FileName] cuts off: whoever keeps them makes the names harmless.
// damaged makes the answer of what is no form, or was cut off.
func EachFile(form *multipart.Reader, damaged func(error) error, add func(name string, r io.Reader) error) error {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if err != nil || params["filename"] == "" {
			continue // a field that is no file
		}
		if err := add(params["filename"], part); err != nil {
			return err
		}
	}
}
