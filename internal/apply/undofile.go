package apply

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regdata"
	"tlsready/internal/registry"
)

// Schema is the name of the undo file's format. An undo file is JSON:
//
//	{
//	  "schema": "tlsready.undo/v1",
//	  "host": "FS01",
//	  "source": "local:",
//	  "writtenAt": "2026-11-21T05:00:00Z",
//	  "keys": ["HKLM\\…\\TLS 1.2", "HKLM\\…\\TLS 1.2\\Client"],
//	  "values": [
//	    {"key": "HKLM\\…\\TLS 1.2\\Client", "name": "Enabled",
//	     "before": {"type": "REG_DWORD", "bytes": "00000000"},
//	     "after": {"type": "REG_DWORD", "bytes": "01000000"}}
//	  ],
//	  "machine": {"computer": "FS01", "id": "…"},
//	  "sha256": "…"
//	}
//
// "keys" are those that did not exist and are created, parents first. "before"
// and "after" are null if the value is absent; bytes are in hex as the
// registry stores them, so that what is put back is what was there. "machine" says
// whose registry it is, and "sha256" is the digest of the file as it is written
// without it: files of versions before 0.2 have neither.
const Schema = "tlsready.undo/v1"

// MaxUndoFile bounds an undo file: one of a hundred long lists has some hundred
// kilobytes.
const MaxUndoFile = 16 << 20

// File is an undo file.
type File struct {
	Host      string    // the machine's id
	Source    string    // the URL by which it was reached
	WrittenAt time.Time // before the first change
	Keys      []string  // created keys, parents first
	Values    []Step
	Machine   Identity // whose registry it is; empty in files of earlier versions
	Sealed    bool     // the file had a digest, which agreed
}

// Step is one value that is changed.
type Step struct {
	Key, Name     string
	Before, After *registry.Value // nil: absent
}

// FileError is an undo file that cannot be used. Line and Column count from 1; they
// are 0 if the place is not known.
type FileError struct {
	Line, Column int
	What         message.Text // without the place
	Err          error        // ErrChanged, or nil
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Error is place and message in English.
func (e *FileError) Error() string { return message.English(e.Text()) }

// Text is place and message.
func (e *FileError) Text() message.Text {
	if e.Line == 0 {
		return e.What
	}
	return message.AtPosition(e.Line, e.Column, e.What)
}

type fileJSON struct {
	Schema    string     `json:"schema"`
	Host      string     `json:"host"`
	Source    string     `json:"source"`
	WrittenAt time.Time  `json:"writtenAt"`
	Keys      []string   `json:"keys"`
	Values    []stepJSON `json:"values"`
	Machine   *Identity  `json:"machine,omitempty"`
	SHA256    *string    `json:"sha256,omitempty"`
}

type stepJSON struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Before state  `json:"before"`
	After  state  `json:"after"`
}

// state tells null, an absent value, from a member that is missing: a file that
// lost a line must not delete what it lost.
type state struct {
	given bool
	value *registry.Value
}

type stateJSON struct {
	Name  string    `json:"name,omitempty"` // if it is spelled differently
	Type  host.Type `json:"type"`
	Bytes *string   `json:"bytes"`
}

func (s state) MarshalJSON() ([]byte, error) {
	if s.value == nil {
		return []byte("null"), nil
	}
	text := hex.EncodeToString(s.value.Bytes)
	return json.Marshal(stateJSON{s.value.Name, regdata.TypeName(s.value.Type), &text})
}

// UnmarshalJSON reads a step by itself: in a list that stands in the file twice
// the library would keep what the second one lacks.
func (s *stepJSON) UnmarshalJSON(text []byte) error {
	type plain stepJSON
	var p plain
	err := strict(text, &p)
	*s = stepJSON(p)
	return err
}

func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func (s *state) UnmarshalJSON(text []byte) error {
	*s = state{given: true}
	if string(text) == "null" {
		return nil
	}
	var raw stateJSON
	if err := strict(text, &raw); err != nil {
		return err
	}
	if raw.Bytes == nil {
		return message.Error("changing.no-bytes")
	}
	number, err := regdata.TypeNumber(raw.Type)
	if err != nil {
		return err
	}
	content, err := hex.DecodeString(*raw.Bytes)
	if err != nil {
		return message.Error("changing.bytes", message.Cause("why", err))
	}
	s.value = &registry.Value{Name: raw.Name, Type: number, Bytes: content}
	return nil
}

// Encode writes the file's text, with its digest.
func (f *File) Encode() ([]byte, error) {
	out := fileJSON{Schema: Schema, Host: f.Host, Source: f.Source, WrittenAt: f.WrittenAt, Keys: f.Keys, Values: []stepJSON{}}
	if out.Keys == nil {
		out.Keys = []string{}
	}
	if f.Machine != (Identity{}) {
		out.Machine = &f.Machine
	}
	for _, s := range f.Values {
		out.Values = append(out.Values, stepJSON{s.Key, s.Name, s.state(s.Before), s.state(s.After)})
	}
	bare, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, err
	}
	sum := digest(bare)
	out.SHA256 = &sum
	text, err := json.MarshalIndent(out, "", "  ")
	return append(text, '\n'), err
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// state leaves the name out if it is the step's own.
func (s Step) state(v *registry.Value) state {
	if v == nil {
		return state{given: true}
	}
	copied := *v
	if copied.Name == s.Name {
		copied.Name = ""
	}
	return state{true, &copied}
}

// Decode reads an undo file strictly; what is wrong is a *FileError.
func Decode(text []byte) (*File, error) {
	if len(text) > MaxUndoFile {
		return nil, &FileError{What: message.New("changing.file-size", message.Int("limit", MaxUndoFile))}
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	var in fileJSON
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, wrongAt(text, d.InputOffset(), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, wrongAt(text, d.InputOffset(), message.Error("changing.trailing"))
	}
	if in.Schema != Schema {
		return nil, &FileError{What: message.New("changing.schema", message.Quote("found", in.Schema), message.Quote("want", Schema))}
	}
	f := &File{Host: in.Host, Source: in.Source, WrittenAt: in.WrittenAt, Keys: in.Keys}
	if in.Machine != nil {
		f.Machine = *in.Machine
	}
	for i, s := range in.Values {
		if !s.Before.given || !s.After.given {
			return nil, &FileError{What: message.New("changing.no-state", message.Int("n", i))}
		}
		f.Values = append(f.Values, Step{s.Key, s.Name, s.Before.named(s.Name), s.After.named(s.Name)})
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	return f, f.seal(in.SHA256)
}

// ErrChanged is the cause of a file that is not as it was written.
var ErrChanged error = message.Error("changing.file-changed")

// seal compares the digest that a file came with. What the file says counts, not how
// it is laid out.
func (f *File) seal(given *string) error {
	if given == nil {
		return nil
	}
	text, err := f.Encode()
	if err != nil {
		return err
	}
	var again struct{ SHA256 string }
	if err := json.Unmarshal(text, &again); err != nil || again.SHA256 != *given {
		return &FileError{What: message.CauseOf(ErrChanged), Err: ErrChanged}
	}
	f.Sealed = true
	return nil
}

func (s state) named(name string) *registry.Value {
	if s.value != nil && s.value.Name == "" {
		s.value.Name = name
	}
	return s.value
}

// check refuses keys that are not keys, names that disagree, and duplicates.
func (f *File) check() error {
	seen := map[string]bool{}
	once := func(what, id string) error {
		if seen[id] {
			return &FileError{What: message.New("changing.twice", message.Str("what", what))}
		}
		seen[id] = true
		return nil
	}
	for i, key := range f.Keys {
		what := fmt.Sprintf("keys[%d]", i)
		if err := checkKey(key); err != nil {
			return &FileError{What: message.CauseOf(message.At(what, err))}
		}
		if err := once(what, strings.ToLower(key)); err != nil {
			return err
		}
	}
	for i, s := range f.Values {
		what := fmt.Sprintf("values[%d]", i)
		if err := checkKey(s.Key); err != nil {
			return &FileError{What: message.CauseOf(message.At(what, err))}
		}
		for _, v := range []*registry.Value{s.Before, s.After} {
			if v != nil && !strings.EqualFold(v.Name, s.Name) {
				return &FileError{What: message.New("changing.two-names", message.Str("what", what))}
			}
		}
		if err := once(what, strings.ToLower(s.Key)+"\x00"+strings.ToLower(s.Name)); err != nil {
			return err
		}
	}
	return nil
}

// maxKeyName is the longest name of one key (Microsoft, "Registry element size
// limits").
const maxKeyName = 255

// checkKey takes a key below one of the roots that hold settings, as snapshots
// spell it.
func checkKey(key string) error {
	parts := strings.Split(key, `\`)
	if len(parts) < 2 || !slices.Contains([]string{"HKLM", "HKU", "HKCU"}, parts[0]) {
		return message.Error("changing.key", message.Quote("key", key), message.Str("example", `HKLM\SOFTWARE\…`))
	}
	for _, part := range parts {
		if part == "" || len(part) > 4*maxKeyName || len([]rune(part)) > maxKeyName || strings.Contains(part, "\x00") {
			return message.Error("changing.no-key", message.Quote("key", key))
		}
	}
	return nil
}

// wrongAt finds line and column of an error in JSON.
func wrongAt(text []byte, offset int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	before := text[:min(max(offset, 0), int64(len(text)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:])))
	return &FileError{Line: line, Column: max(column, 1), What: message.CauseOf(err)}
}

// save writes the file so that it survives a power cut, and never over another
// one.
func (f *File) save(path string) error {
	text, err := f.Encode()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	err = errors.Join(err, out.Sync(), out.Close())
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// syncFolder makes the name of a new file survive a crash. Windows does that by
// itself and has no such call.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
