package regtext

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regdata"
)

// wrapAt is the width from which regedit continues bytes on the next line.
const wrapAt = 77

// Write writes the changes as regedit does: UTF-16LE with a byte order mark, CR
// LF, version 5.00. The values of one key stand together under its long name, in
// the order in which keys and values first appear. A deletion removes the
// value; a key is never deleted.
func Write(w io.Writer, changes []host.Change) error {
	var text strings.Builder
	text.WriteString("\ufeff" + header5 + "\r\n")
	for _, group := range grouped(changes) {
		if err := writeKey(&text, group[0].Key); err != nil {
			return err
		}
		for _, c := range group {
			if err := writeValue(&text, c); err != nil {
				return message.Error("regtext.value", message.Str("key", c.Key), message.Str("name", c.Name), message.Cause("why", err))
			}
		}
	}
	text.WriteString("\r\n")
	out := bufio.NewWriter(w)
	if _, err := out.Write(regdata.UTF16(text.String())); err != nil {
		return message.Error("regtext.write", message.Cause("why", err))
	}
	return out.Flush()
}

// grouped brings the changes of one key together.
func grouped(changes []host.Change) [][]host.Change {
	var groups [][]host.Change
	at := map[string]int{}
	for _, c := range changes {
		folded := strings.ToLower(host.NormalKey(c.Key))
		i, ok := at[folded]
		if !ok {
			i = len(groups)
			at[folded], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	return groups
}

func writeKey(b *strings.Builder, key string) error {
	key = host.NormalKey(key)
	root, rest, _ := strings.Cut(key, `\`)
	long, ok := longRoot(root)
	if !ok || rest == "" || strings.ContainsAny(key, "\r\n\x00") || strings.Contains(key, `\\`) {
		return message.Error("regtext.key", message.Quote("key", key))
	}
	fmt.Fprintf(b, "\r\n[%s\\%s]\r\n", long, rest)
	return nil
}

func longRoot(root string) (string, bool) {
	switch root {
	case "HKLM":
		return "HKEY_LOCAL_MACHINE", true
	case "HKCU":
		return "HKEY_CURRENT_USER", true
	case "HKU":
		return "HKEY_USERS", true
	case "HKCR":
		return "HKEY_CLASSES_ROOT", true
	case "HKCC":
		return "HKEY_CURRENT_CONFIG", true
	}
	return "", false
}

func writeValue(b *strings.Builder, c host.Change) error {
	if strings.ContainsAny(c.Name, "\r\n\x00") {
		return message.Error("regtext.name-break")
	}
	start := b.Len()
	if c.Name == "" {
		b.WriteString("@=")
	} else {
		b.WriteString(quote(c.Name) + "=")
	}
	switch {
	case c.Delete:
		b.WriteString("-\r\n")
		return nil
	case c.Type == host.SZ && !strings.ContainsAny(c.Text, "\r\n\x00"):
		b.WriteString(quote(c.Text) + "\r\n")
		return nil
	}
	number, raw, err := regdata.Encode(c.Data)
	if err != nil {
		return err
	}
	if c.Type == host.DWORD {
		fmt.Fprintf(b, "dword:%08x\r\n", c.Number)
		return nil
	}
	writeHex(b, number, raw, b.Len()-start)
	return nil
}

// writeHex writes bytes with regedit's line breaks; width is what the line holds
// already.
func writeHex(b *strings.Builder, number uint32, raw []byte, width int) {
	start := b.Len()
	if number == 3 {
		b.WriteString("hex:")
	} else {
		fmt.Fprintf(b, "hex(%x):", number)
	}
	width += b.Len() - start
	for i, c := range raw {
		fmt.Fprintf(b, "%02x", c)
		if i == len(raw)-1 {
			break
		}
		b.WriteByte(',')
		if width += 3; width >= wrapAt {
			b.WriteString("\\\r\n  ")
			width = 2
		}
	}
	b.WriteString("\r\n")
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
