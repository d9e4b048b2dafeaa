package host

import (
	"fmt"
	"strconv"
	"strings"
)

// Display writes data for people: numbers above nine in both bases, because the registry editor
// shows them in hex, and with the name of any type that could be mistaken for the usual
// REG_DWORD. Data without a type give nothing.
func (d Data) Display() string {
	switch d.Type {
	case "", DWORD, QWORD, MultiSZ:
		return d.content()
	}
	return d.content() + " (" + string(d.Type) + ")"
}

// DisplayTyped is Display with the type whatever it is, for a comparison of types.
func (d Data) DisplayTyped() string {
	if d.Type == "" {
		return ""
	}
	return strings.TrimSpace(d.content() + " (" + string(d.Type) + ")")
}

func (d Data) content() string {
	switch d.Type {
	case "":
		return ""
	case DWORD, QWORD:
		if d.Number > 9 {
			return fmt.Sprintf("%d (0x%x)", d.Number, d.Number)
		}
		return strconv.FormatUint(d.Number, 10)
	case SZ, ExpandSZ:
		return strconv.Quote(d.Text)
	case MultiSZ:
		return displayList(d.Strings)
	}
	return fmt.Sprintf("%x", d.Bytes)
}

// displayList writes the items of a list, in quotes if their number could be misread otherwise.
func displayList(items []string) string {
	plain := strings.Join(items, ", ")
	for _, item := range items {
		if strings.TrimSpace(item) != item || item == "" || strings.ContainsAny(item, `,"`) {
			quoted := make([]string, len(items))
			for i, s := range items {
				quoted[i] = strconv.Quote(s)
			}
			return strings.Join(quoted, ", ")
		}
	}
	return plain
}
