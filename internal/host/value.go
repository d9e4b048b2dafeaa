package host

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/message"
)

// Type is a registry value type by its name in the Windows headers.
type Type string

// The types that a snapshot keeps as what they are. Others are kept with their
// bytes in hex.
const (
	DWORD    Type = "REG_DWORD"
	QWORD    Type = "REG_QWORD"
	SZ       Type = "REG_SZ"
	ExpandSZ Type = "REG_EXPAND_SZ"
	MultiSZ  Type = "REG_MULTI_SZ"
	Binary   Type = "REG_BINARY"
	None     Type = "REG_NONE"
)

// maxExact is the largest QWORD that a JSON number carries without loss.
const maxExact = 1 << 53

// Data is the typed content of a registry value; only the field of its type is
// set.
type Data struct {
	Type    Type
	Number  uint64   // REG_DWORD, REG_QWORD
	Text    string   // REG_SZ, REG_EXPAND_SZ
	Strings []string // REG_MULTI_SZ
	Bytes   []byte   // REG_BINARY and every other type
}

// Dword, String and Multi make data of the common types.
func Dword(n uint32) Data       { return Data{Type: DWORD, Number: uint64(n)} }
func String(s string) Data      { return Data{Type: SZ, Text: s} }
func Multi(list ...string) Data { return Data{Type: MultiSZ, Strings: list} }

// Equal compares type and content.
func (d Data) Equal(e Data) bool {
	return d.Type == e.Type && d.Number == e.Number && d.Text == e.Text &&
		slices.Equal(d.Strings, e.Strings) && slices.Equal(d.Bytes, e.Bytes)
}

// Value is one registry value under its key, in the 64-bit view.
type Value struct {
	Key, Name string
	Data
}

type rawValue struct {
	Key   string          `json:"key"`
	Name  string          `json:"name"`
	Type  Type            `json:"type"`
	Value json.RawMessage `json:"value"`
}

// MarshalJSON writes the value in the form of the snapshot format.
func (v Value) MarshalJSON() ([]byte, error) {
	raw, err := v.Data.JSON()
	if err != nil {
		return nil, err
	}
	return json.Marshal(rawValue{v.Key, v.Name, v.Type, raw})
}

// appendState appends what tells these data from any others, in a form for comparing
// alone: every part stands behind its length.
func (d *Data) appendState(to []byte) []byte {
	to = appendText(to, string(d.Type), d.Text)
	to = binary.AppendUvarint(to, d.Number)
	to = binary.AppendUvarint(to, uint64(len(d.Strings)))
	to = appendText(to, d.Strings...)
	to = binary.AppendUvarint(to, uint64(len(d.Bytes)))
	return append(to, d.Bytes...)
}

func appendText(to []byte, list ...string) []byte {
	for _, text := range list {
		to = binary.AppendUvarint(to, uint64(len(text)))
		to = append(to, text...)
	}
	return to
}

// UnmarshalJSON reads the form that [Value.MarshalJSON] writes.
func (v *Value) UnmarshalJSON(text []byte) error {
	var raw rawValue
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	data, err := ParseData(raw.Type, raw.Value)
	if err != nil {
		return message.Error("host.value", message.Str("key", raw.Key), message.Str("name", raw.Name), message.Cause("why", err))
	}
	*v = Value{Key: NormalKey(raw.Key), Name: raw.Name, Data: data}
	return nil
}

// JSON writes the content alone: a number, a string, a list, or hex.
func (d Data) JSON() (json.RawMessage, error) {
	switch d.Type {
	case DWORD:
		return strconv.AppendUint(nil, d.Number, 10), nil
	case QWORD:
		if d.Number > maxExact {
			return json.Marshal(strconv.FormatUint(d.Number, 10))
		}
		return strconv.AppendUint(nil, d.Number, 10), nil
	case SZ, ExpandSZ:
		return json.Marshal(d.Text)
	case MultiSZ:
		if d.Strings == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(d.Strings)
	}
	return json.Marshal(hex.EncodeToString(d.Bytes))
}

// ParseData reads the content of a value of type t from JSON. A DWORD of -1 is
// 4294967295, as .NET prints it.
func ParseData(t Type, raw json.RawMessage) (Data, error) {
	d := Data{Type: t}
	var err error
	switch t {
	case DWORD:
		d.Number, err = parseDword(raw)
	case QWORD:
		d.Number, err = strconv.ParseUint(strings.Trim(string(raw), `"`), 10, 64)
	case SZ, ExpandSZ:
		err = json.Unmarshal(raw, &d.Text)
	case MultiSZ:
		err = json.Unmarshal(raw, &d.Strings)
	case "":
		return d, message.Error("host.no-type")
	default:
		var text string
		if err = json.Unmarshal(raw, &text); err == nil {
			d.Bytes, err = hex.DecodeString(text)
		}
	}
	if err != nil {
		return Data{}, message.Error("host.data", message.Str("text", shorten(string(raw))), message.Str("type", string(t)))
	}
	return d, nil
}

func parseDword(raw json.RawMessage) (uint64, error) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < math.MinInt32 || n > math.MaxUint32 {
		return 0, message.Error("host.range")
	}
	return uint64(uint32(n)), nil
}

func shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
