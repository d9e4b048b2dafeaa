package api

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"tlsready/internal/console/answer"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// body is what was sent, as far as it is not too large: what says so itself is refused
// before a byte of it is read.
func (r *request) body(most int64) (io.Reader, error) {
	if r.ContentLength > most {
		r.w.Header().Set("Connection", "close") // else the server reads on to find the next request
		return nil, tooLarge(most)
	}
	return http.MaxBytesReader(r.w, r.Body, most), nil
}

// spool reads the whole body onto the disk, so that whoever sends slowly keeps nobody
// waiting and takes no memory. done removes it.
func (r *request) spool(most int64) (done func(), err error) {
	body, err := r.body(most)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "tlsready-body-*")
	if err != nil {
		return nil, err
	}
	done = func() {
		_ = file.Close()
		_ = os.Remove(file.Name()) // it is in the folder for what may be removed
	}
	_, err = io.Copy(file, body)
	var disk *fs.PathError
	if err != nil && !errors.As(err, &disk) {
		err = damaged(err)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		done()
		return nil, err
	}
	r.Body = file
	return done, nil
}

func tooLarge(most int64) error {
	return web.Mistake(http.StatusRequestEntityTooLarge, message.Error("console.api.large", message.Int("most", most>>20)).Hinted("console.api.hint.large"))
}

// maxWindow bounds what a decoder of zstd holds in memory: every sender keeps to it
// (RFC 8878, section 3.1.1.1.2).
const maxWindow = 8 << 20

// unpacked is what was sent, out of its encoding. done ends the reading.
func (r *request) unpacked(most int64) (in io.Reader, done func(), err error) {
	packed, err := r.body(most)
	if err != nil {
		return nil, nil, err
	}
	done = func() {}
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return packed, done, nil
	case "gzip":
		in, err = gzip.NewReader(packed)
	case "zstd":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(packed, zstd.WithDecoderMaxMemory(uint64(most)), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1)); err == nil {
			in, done = d, d.Close
		}
	default:
		return nil, nil, web.Mistake(http.StatusUnsupportedMediaType, message.Error("console.api.encoding", message.Quote("encoding", encoding)).Hinted("console.api.hint.encoding"))
	}
	if err != nil {
		return nil, nil, damaged(err)
	}
	return &bounded{in, most, most}, done, nil
}

// damaged is what went wrong with what was sent.
func damaged(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge(large.Limit)
	}
	return web.Mistake(http.StatusBadRequest, message.Error("console.api.damaged", message.Cause("why", err)))
}

// bounded gives an error where more comes than there may be.
type bounded struct {
	in         io.Reader
	left, most int64
}

// Read implements [io.Reader].
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, tooLarge(b.most)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(err)
	}
	return n, err
}

// kind refuses a body of another media type; without a type it is taken for the first of
// those that the route expects.
func (r *request) kind(known ...string) (string, map[string]string, error) {
	said := r.Header.Get("Content-Type")
	kind, params, err := mime.ParseMediaType(said)
	if said == "" || kind == "application/x-www-form-urlencoded" { // what curl says of any file
		return known[0], nil, nil
	}
	if err != nil || !slices.Contains(known, kind) {
		return "", nil, web.Mistake(http.StatusUnsupportedMediaType, message.Error("console.api.type", message.Quote("type", said)).Hinted("console.api.hint.type", message.List("known", known)))
	}
	return kind, params, nil
}

const (
	typeLines = "application/x-ndjson"
	typeJSON  = "application/json"
	typeBytes = "application/octet-stream"
	typeForm  = "multipart/form-data"
)

func addResults(r *request) (any, error) {
	if q := r.query(); q.err != nil {
		return nil, q.err
	}
	if _, _, err := r.kind(typeLines, "application/jsonl"); err != nil {
		return nil, err
	}
	remove, err := r.spool(MaxResults)
	if err != nil {
		return nil, err
	}
	defer remove()
	in, done, err := r.unpacked(MaxResults)
	if err != nil {
		return nil, err
	}
	defer done()
	return asRecorded(r.fleet.Results(r.Context(), r.lang, in))
}

func addHost(r *request) (any, error) {
	q := r.query("host", "name")
	if q.err != nil {
		return nil, q.err
	}
	if _, _, err := r.kind(typeBytes, typeJSON, "text/plain"); err != nil {
		return nil, err
	}
	in, done, err := r.unpacked(MaxHost)
	if err != nil {
		return nil, err
	}
	defer done()
	return asRecorded(r.fleet.AddHost(r.Context(), r.lang, q.Get("host"), q.Get("name"), r.visitor.Spends, in))
}

func addFiles(r *request) (any, error) {
	q := r.query("name")
	if q.err != nil {
		return nil, q.err
	}
	kind, params, err := r.kind(typeBytes, typeForm, typeLines, typeJSON, "text/plain", "application/zip", "application/x-zip-compressed")
	if err != nil {
		return nil, err
	}
	in, err := r.body(MaxImport)
	if err != nil {
		return nil, err
	}
	files := 0 // of the form
	return asRecorded(r.fleet.Import(r.Context(), r.lang, func(put func(string, io.Reader) error) error {
		add := func(name string, in io.Reader) error { files++; return put(name, in) }
		if kind != typeForm {
			name := q.Get("name")
			if name == "" {
				name = "upload"
			}
			return add(name, in)
		}
		if err := web.EachFile(multipart.NewReader(in, params["boundary"]), damaged, add); err != nil || files > 0 {
			return err
		}
		return web.Mistake(http.StatusBadRequest, message.Error("console.api.no-file").Hinted("console.api.hint.no-file"))
	}))
}

// asRecorded says of a body that is too large, or was cut off, that it was.
func asRecorded(doc *document.Recorded, err error) (any, error) {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge(large.Limit)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, damaged(err)
	case err != nil:
		return nil, err
	}
	return doc, nil
}

// decode reads what people decide.
func (r *request) decode(v any) error {
	if _, _, err := r.kind(typeJSON); err != nil {
		return err
	}
	in, err := r.body(maxBody)
	if err != nil {
		return err
	}
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	err = d.Decode(v)
	if err == nil && d.More() { // one document, and not half of what somebody meant
		err = errors.New("more than one document")
	}
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return tooLarge(large.Limit)
		}
		return web.Mistake(http.StatusBadRequest, message.Error("console.api.json", message.Str("why", err.Error())))
	}
	return nil
}

func exempt(r *request) (any, error) {
	var e document.Exemption
	if err := r.decode(&e); err != nil {
		return nil, err
	}
	if e.Owner == "" {
		e.Owner = r.visitor.Name
	}
	if err := r.fleet.Exempt(r.Context(), e); err != nil {
		return nil, err
	}
	return r.fleet.Exemptions(r.Context())
}

func own(r *request) (any, error) {
	var o document.ResultOwner
	if err := r.decode(&o); err != nil {
		return nil, err
	}
	if err := r.fleet.Own(r.Context(), o.Kind, o.ID, o.Owner, o.Mail); err != nil {
		return nil, err
	}
	o.At = r.fleet.Now()
	return &o, nil
}

// tagBody is what is said of a host.
type tagBody struct {
	Host  string `json:"host"`
	Name  string `json:"name"`
	Value string `json:"value"` // "" takes back what was said
}

func tag(r *request) (any, error) {
	var b tagBody
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	return &b, r.fleet.Tag(r.Context(), b.Host, b.Name, b.Value)
}

// fixBody is what is said of the fix of a host.
type fixBody struct {
	Service string    `json:"service"`
	On      string    `json:"on"`
	Callers string    `json:"callers"`
	Offered time.Time `json:"offered"` // of the offer that was looked at
	Reject  bool      `json:"reject"`
}

func offer(r *request) (any, error) {
	var b fixBody
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	q, err := r.fixQuery(b.Service, b.On, b.Callers, nil)
	if err != nil {
		return nil, err
	}
	return r.fleet.Offer(r.Context(), q)
}

func decide(r *request) (any, error) {
	var b fixBody
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	d := answer.Decision{Host: r.PathValue("id"), Service: b.Service, Offered: b.Offered, By: r.visitor.Name, Reject: b.Reject}
	if err := r.fleet.Decide(r.Context(), d); err != nil {
		return nil, err
	}
	return r.fleet.Offers(r.Context())
}
