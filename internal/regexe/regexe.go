// Package regexe writes the command lines by which reg.exe changes a value: one
// place for scripts, reports, guides and machines reached from afar.
//
// What reg.exe takes: https://learn.microsoft.com/windows-server/administration/windows-commands/reg-add
// How it reads its arguments: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
package regexe

import (
	"encoding/hex"
	"strconv"
	"strings"

	"tlsready/internal/host"
)

// View is the registry view that a command asks for.
type View int

// The views. NoView leaves it to the bitness of reg.exe itself: what 32-bit
// Windows, which has one view, is given.
const (
	NoView View = 0
	View64 View = 64
	View32 View = 32
)

// word is one argument; plain ones are ours and mean themselves in every shell.
type word struct {
	text  string
	plain bool
	name  bool // of a value: most are one word, and read better bare at a prompt
}

// Command is a call of reg.exe, not yet in the words of a shell.
type Command struct{ words []word }

func (c *Command) option(words ...string) {
	for _, w := range words {
		c.words = append(c.words, word{text: w, plain: true})
	}
}

func (c *Command) argument(text string) { c.words = append(c.words, word{text: text}) }

// Add sets a value. The empty name is the default value of the key. It fails for
// data that reg.exe cannot write so that they read back the same.
func Add(key, name string, d host.Data, v View) (Command, error) {
	var c Command
	text, err := DataText(d)
	if err != nil {
		return c, err
	}
	c.value("add", key, name)
	c.option("/t", string(d.Type))
	switch d.Type {
	case host.SZ, host.ExpandSZ, host.MultiSZ:
		if text != "" { // without /d the data are empty
			c.option("/d")
			c.argument(text)
		}
	default:
		if text != "" {
			c.option("/d", text)
		}
	}
	c.end(v)
	return c, nil
}

// Delete removes a value, never a key.
func Delete(key, name string, v View) Command {
	var c Command
	c.value("delete", key, name)
	c.end(v)
	return c
}

// AddKey makes a key with those above it.
func AddKey(key string, v View) Command {
	var c Command
	c.option("reg", "add")
	c.argument(key)
	c.end(v)
	return c
}

// DeleteKey removes a key with all that is below it.
func DeleteKey(key string, v View) Command {
	var c Command
	c.option("reg", "delete")
	c.argument(key)
	c.end(v)
	return c
}

// Change is the command of a change.
func Change(c host.Change, v View) (Command, error) {
	if c.Delete {
		return Delete(c.Key, c.Name, v), nil
	}
	return Add(c.Key, c.Name, c.Data, v)
}

func (c *Command) value(verb, key, name string) {
	c.option("reg", verb)
	c.argument(key)
	if name == "" {
		c.option("/ve")
		return
	}
	c.option("/v")
	c.words = append(c.words, word{text: name, name: true})
}

// end lets the command overwrite without asking: nobody answers a script.
func (c *Command) end(v View) {
	c.option("/f")
	if v != NoView {
		c.option("/reg:" + strconv.Itoa(int(v)))
	}
}

// separator stands between the items of a REG_MULTI_SZ after /d.
const separator = `\0`

// DataText is a value as reg add takes it after /d: numbers in decimal, bytes in
// hex as reg query prints them, the items of a list with \0 between them. It
// fails for types that reg.exe does not know and for a list that would be cut
// elsewhere.
func DataText(d host.Data) (string, error) {
	switch d.Type {
	case host.DWORD, host.QWORD:
		return strconv.FormatUint(d.Number, 10), nil
	case host.Binary, host.None:
		return strings.ToUpper(hex.EncodeToString(d.Bytes)), nil
	case host.SZ, host.ExpandSZ:
		return d.Text, nil
	case host.MultiSZ:
		for _, s := range d.Strings {
			if s == "" || strings.Contains(s, separator) || strings.HasSuffix(s, `\`) {
				return "", refuse("list", s)
			}
		}
		return strings.Join(d.Strings, separator), nil
	}
	return "", refuse("type", string(d.Type))
}
