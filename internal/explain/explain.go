// Package explain knows the error texts, codes, events and alerts that TLS
// trouble shows on Windows: likely causes, and what to collect to tell them
// apart.
package explain

import (
	"embed"
	"fmt"
	"sync"

	"tlsready/internal/strictyaml"
)

//go:embed data/*.yaml
var files embed.FS

// Words is a text by language ("en", "ja").
type Words map[string]string

// In is the text in a language, else in English.
func (w Words) In(lang string) string {
	if text := w[lang]; text != "" {
		return text
	}
	return w["en"]
}

// Entry is one error, event or alert.
type Entry struct {
	ID        string
	Title     Words
	Note      Words    // set if there is something to say besides the causes
	Codes     []uint32 // error codes: HRESULT, SECURITY_STATUS, Win32 or SQL numbers
	Names     []string // the codes' names in headers and in RFC 5246
	Texts     map[string][]string
	Event     Event // zero if the entry is not an event
	Alert     *uint8
	OpenSSL   []uint32 // the reasons of OpenSSL's codes, of every version
	Wraps     bool     // the text wraps another one, which says more
	Causes    []Cause  // most likely first
	Collect   []Words  // most telling first
	Citations []strictyaml.Citation
}

// Event is an event of the source Schannel in the System log. State is the
// internal error state that the entry is about, 0 for any.
type Event struct {
	ID    uint32 `yaml:"id"`
	State uint32 `yaml:"state"`
}

// Cause is a likely cause and the condition that tells it from the others.
type Cause struct {
	ID   string
	Text Words `yaml:"text"`
	Tell Words `yaml:"tell"`
}

// Book is everything that the package knows, ready for searches. It does not
// change and may be used from several goroutines.
type Book struct {
	entries []Entry
	index   []folded // by entry
	own     Cause    // that a program brings its own TLS
}

// rawEntry is an entry as the files have it.
type rawEntry struct {
	ID        string                `yaml:"id"`
	Title     Words                 `yaml:"title"`
	Note      Words                 `yaml:"note"`
	Codes     []uint32              `yaml:"codes"`
	Names     []string              `yaml:"names"`
	Texts     map[string][]string   `yaml:"texts"`
	Event     Event                 `yaml:"event"`
	Alert     *uint8                `yaml:"alert"`
	OpenSSL   []uint32              `yaml:"openssl"`
	Wraps     bool                  `yaml:"wraps"`
	Causes    []string              `yaml:"causes"`
	Collect   []string              `yaml:"collect"`
	Citations []strictyaml.Citation `yaml:"citations"`
}

// dataFile is one file of entries.
type dataFile struct {
	Defaults defaults   `yaml:"defaults"`
	Entries  []rawEntry `yaml:"entries"`
}

// defaults are what the entries of a file share: each applies if an entry has none of its own.
type defaults struct {
	HResult   bool                  `yaml:"hresult"` // codes below 65536 also come as HRESULTs of facility 7
	Note      Words                 `yaml:"note"`    // for entries without causes
	Collect   []string              `yaml:"collect"`
	Citations []strictyaml.Citation `yaml:"citations"`
}

// facilityWin32 is the high half of an HRESULT that holds a Win32 number.
const facilityWin32 = 0x80070000

func (d defaults) fill(e rawEntry) rawEntry {
	if len(e.Note) == 0 && len(e.Causes) == 0 {
		e.Note = d.Note
	}
	if len(e.Collect) == 0 {
		e.Collect = d.Collect
	}
	if len(e.Citations) == 0 {
		e.Citations = d.Citations
	}
	if d.HResult {
		for _, code := range e.Codes {
			if code <= 0xffff {
				e.Codes = append(e.Codes, facilityWin32|code)
			}
		}
	}
	return e
}

// ownTLS is the cause that a program brings its own TLS.
const ownTLS = "own-tls"

type shared struct {
	Causes  map[string]Cause `yaml:"causes"`
	Collect map[string]Words `yaml:"collect"`
}

// dataFiles lists the files of entries. Their order decides between two entries
// that match equally well.
func dataFiles() []string {
	return []string{
		"errors.yaml", "events.yaml", "alerts.yaml", "network.yaml", "wininet.yaml", "security.yaml", "sspi.yaml", "dotnet.yaml",
		"programs.yaml", "sql.yaml", "mail.yaml", "directory.yaml", "update.yaml", "own.yaml", "openssl.yaml", "java.yaml", "runtimes.yaml", "browsers.yaml", "curl.yaml",
	}
}

// Open gives the book, which never changes, so that all share one. An error is a defect of
// the embedded data.
func Open() (*Book, error) { return opened() }

var opened = sync.OnceValues(read)

// read reads the embedded data.
func read() (*Book, error) {
	var words shared
	if err := decode("shared.yaml", &words); err != nil {
		return nil, err
	}
	b := new(Book)
	b.own = words.Causes[ownTLS]
	b.own.ID = ownTLS
	for _, name := range dataFiles() {
		var file dataFile
		if err := decode(name, &file); err != nil {
			return nil, err
		}
		for _, raw := range file.Entries {
			raw = file.Defaults.fill(raw)
			e, err := raw.entry(words)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, raw.ID, err)
			}
			b.entries = append(b.entries, e)
			b.index = append(b.index, foldEntry(e))
		}
	}
	return b, nil
}

func decode(name string, into any) error {
	data, err := files.ReadFile("data/" + name)
	if err != nil {
		return err
	}
	if err := strictyaml.Decode(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// entry puts the shared causes and things to collect in their places.
func (raw rawEntry) entry(words shared) (Entry, error) {
	e := Entry{
		ID: raw.ID, Title: raw.Title, Note: raw.Note, Codes: raw.Codes, Names: raw.Names,
		Texts: raw.Texts, Event: raw.Event, Alert: raw.Alert, OpenSSL: raw.OpenSSL, Wraps: raw.Wraps, Citations: raw.Citations,
	}
	for _, id := range raw.Causes {
		c, ok := words.Causes[id]
		if !ok {
			return e, fmt.Errorf("no cause %q", id)
		}
		c.ID = id
		e.Causes = append(e.Causes, c)
	}
	for _, id := range raw.Collect {
		w, ok := words.Collect[id]
		if !ok {
			return e, fmt.Errorf("nothing to collect called %q", id)
		}
		e.Collect = append(e.Collect, w)
	}
	return e, nil
}

// Entries lists everything, in the order of the files.
func (b *Book) Entries() []Entry { return b.entries }
