package syserror

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"strconv"
	"strings"
	"time"

	"tlsready"

	"tlsready/internal/message"
)

// name is the text of a name that the vocabulary does not know, which has no texts
// itself: it imports nothing.
func name(err error) message.Text {
	if e, ok := err.(*tlsready.NameError); ok {
		return message.New("syserror.name-"+string(e.Kind), message.Quote("name", e.Name))
	}
	return message.Text{}
}

// reader is the text of a value that one of the standard library's readers
// refuses.
func reader(err error) message.Text {
	switch e := err.(type) {
	case *strconv.NumError:
		if e.Err == strconv.ErrRange {
			return message.New("syserror.number-range", message.Quote("text", e.Num))
		}
		return message.New("syserror.number", message.Quote("text", e.Num))
	case *time.ParseError:
		return message.New("syserror.time", message.Quote("text", e.Value))
	case base64.CorruptInputError:
		return message.New("syserror.base64", message.Int("offset", int64(e)))
	case hex.InvalidByteError:
		return message.New("syserror.hex")
	}
	switch err {
	case hex.ErrLength:
		return message.New("syserror.hex")
	case gzip.ErrHeader:
		return message.New("syserror.gzip")
	case gzip.ErrChecksum:
		return message.New("syserror.checksum")
	}
	return message.Text{}
}

// document is the text of JSON, XML or CSV that is not well-formed.
func document(err error) message.Text {
	switch e := err.(type) {
	case *json.SyntaxError:
		return message.New("syserror.json", message.Int("offset", e.Offset))
	case *json.UnmarshalTypeError:
		return message.New("syserror.json-type", message.Int("offset", e.Offset), message.Str("field", e.Field), message.Str("found", e.Value))
	case *xml.SyntaxError:
		return message.New("syserror.xml", message.Int("line", e.Line))
	case *csv.ParseError:
		return message.New("syserror.csv", message.Int("line", e.Line), message.Int("column", e.Column))
	}
	if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok { // the library has no type for it
		return message.New("syserror.json-unknown-key", message.Str("key", key))
	}
	return message.Text{}
}
