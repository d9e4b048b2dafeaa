package fleet

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// typeNamed is a registry type by the names that tools give it: those of the
// headers, without REG_, and those of .NET's RegistryValueKind.
func typeNamed(name string) host.Type {
	switch strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(name)), "REG_") {
	case "DWORD", "DWORD_LITTLE_ENDIAN":
		return host.DWORD
	case "QWORD", "QWORD_LITTLE_ENDIAN":
		return host.QWORD
	case "SZ", "STRING":
		return host.SZ
	case "EXPAND_SZ", "EXPANDSTRING":
		return host.ExpandSZ
	case "MULTI_SZ", "MULTISTRING":
		return host.MultiSZ
	case "BINARY":
		return host.Binary
	case "NONE":
		return host.None
	}
	return ""
}

// fromText makes data of a type from text, as tools write it that have text
// alone. A list is parted at separator.
func fromText(t host.Type, text, separator string) (host.Data, error) {
	switch t {
	case host.DWORD:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 0, 64)
		if err != nil || n < math.MinInt32 || n > math.MaxUint32 {
			return host.Data{}, message.Error("fleet.dword", message.Quote("text", clip(text)))
		}
		return host.Dword(uint32(n)), nil
	case host.QWORD:
		if n, err := strconv.ParseInt(strings.TrimSpace(text), 0, 64); err == nil {
			return host.Data{Type: t, Number: uint64(n)}, nil
		}
		n, err := strconv.ParseUint(strings.TrimSpace(text), 0, 64)
		if err != nil {
			return host.Data{}, message.Error("fleet.qword", message.Quote("text", clip(text)))
		}
		return host.Data{Type: t, Number: n}, nil
	case host.SZ, host.ExpandSZ:
		return host.Data{Type: t, Text: text}, nil
	case host.MultiSZ:
		return host.Multi(parts(text, separator)...), nil
	}
	b, err := hex.DecodeString(strings.NewReplacer("-", "", " ", "", "0x", "").Replace(text))
	if err != nil {
		return host.Data{}, message.Error("fleet.hex", message.Quote("text", clip(text)))
	}
	return host.Data{Type: t, Bytes: b}, nil
}

func parts(text, separator string) []string {
	list := strings.Split(text, separator)
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// fromAny makes data from what JSON or Clixml hold. With t == "" the value itself
// shows its type: a number is a DWORD, or a QWORD if it is too large for one, a
// text a REG_SZ, a list of texts a REG_MULTI_SZ, a list of numbers REG_BINARY.
func fromAny(t host.Type, v any) (host.Data, error) {
	switch x := v.(type) {
	case json.Number:
		return fromNumber(t, x.String())
	case float64:
		return host.Data{}, message.Error("fleet.whole", message.Str("number", fmt.Sprint(x)))
	case string:
		return fromWord(t, x)
	case []byte:
		return host.Data{Type: orType(t, host.Binary), Bytes: x}, nil
	case bool:
		return host.Data{}, message.Error("fleet.boolean")
	case []any:
		return fromList(t, x)
	case nil:
		if t == host.None {
			return host.Data{Type: t}, nil
		}
		return host.Data{}, message.Error("fleet.empty")
	}
	return host.Data{}, message.Error("fleet.neither")
}

func orType(t, other host.Type) host.Type {
	if t == "" {
		return other
	}
	return t
}

func fromNumber(t host.Type, text string) (host.Data, error) {
	switch t {
	case host.DWORD, host.QWORD:
		return fromText(t, text, "")
	case "":
		if d, err := fromText(host.DWORD, text, ""); err == nil {
			return d, nil
		}
		return fromText(host.QWORD, text, "")
	case host.SZ, host.ExpandSZ:
		return host.Data{Type: t, Text: text}, nil
	}
	return host.Data{}, message.Error("fleet.number-type", message.Str("text", clip(text)), message.Str("type", string(t)))
}

func fromWord(t host.Type, text string) (host.Data, error) {
	switch t {
	case "":
		return host.String(text), nil
	case host.MultiSZ:
		return host.Multi(text), nil // PowerShell makes one of a list of one
	case host.Binary, host.None:
		if d, err := fromText(t, text, ""); err == nil {
			return d, nil
		}
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return host.Data{}, message.Error("fleet.hex-base64", message.Quote("text", clip(text)))
		}
		return host.Data{Type: t, Bytes: b}, nil
	}
	return fromText(t, text, "")
}

func fromList(t host.Type, list []any) (host.Data, error) {
	texts, bytes := []string{}, []byte{}
	for _, one := range list {
		switch x := one.(type) {
		case string:
			texts = append(texts, x)
		case json.Number:
			n, err := strconv.ParseUint(x.String(), 10, 8)
			if err != nil {
				return host.Data{}, message.Error("fleet.byte", message.Str("text", clip(x.String())))
			}
			bytes = append(bytes, byte(n))
		default:
			return host.Data{}, message.Error("fleet.list-items")
		}
	}
	switch {
	case len(texts) > 0 && len(bytes) > 0:
		return host.Data{}, message.Error("fleet.list-mixed")
	case len(bytes) > 0 && t != host.MultiSZ || t == host.Binary || t == host.None:
		return host.Data{Type: orType(t, host.Binary), Bytes: bytes}, nil
	case t == "" || t == host.MultiSZ:
		return host.Multi(texts...), nil
	}
	return host.Data{}, message.Error("fleet.list-type", message.Str("type", string(t)))
}

// typeByName is the type of a value that has lost it, by the value's name; SZ
// if the name is not known.
func typeByName(name string) host.Type {
	switch strings.ToLower(name) {
	case "enabled", "disabledbydefault", "schusestrongcrypto", "systemdefaulttlsversions", "defaultsecureprotocols", "secureprotocols", "release",
		"install", "ubr", "currentmajorversionnumber", "currentminorversionnumber", "clientminkeybitlength", "clientmaxkeybitlength", "serverminkeybitlength",
		"disablerootautoupdate", "eventlogging", "proxyenable", "proxysettingsperuser":
		return host.DWORD
	case "functions", "ecccurves":
		return host.MultiSZ
	}
	return host.SZ
}

// setBare adds a value of which only the text is left, without its type. The policy's
// list of suites and curves is a REG_SZ with commas, the local one a REG_MULTI_SZ. A
// text in place of a number ("Access is denied.", NULL) is not the data of the value,
// but what a tool or a person wrote there.
func (m *machine) setBare(key, name, text string) {
	t := typeByName(name)
	if t == host.MultiSZ && host.Under(key, `HKLM\SOFTWARE\Policies`) {
		t = host.SZ
	}
	data, err := fromText(t, text, ", ")
	switch {
	case err == nil:
	case t == host.DWORD:
		m.say(lost, key)
		return
	default:
		data = host.String(text)
	}
	m.setOnce(key, name, data)
}

func clip(s string) string {
	const longest = 60
	if len(s) > longest {
		return strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return s
}
