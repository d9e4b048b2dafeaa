// Package ps1 carries a plan as PowerShell scripts, for version 2.0 and later.
package ps1

import (
	"bytes"
	"embed"
	"fmt"
	"strconv"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/stencil"
)

//go:embed *.tmpl
var templates embed.FS

// page is what the PowerShell templates are filled with.
type page struct {
	Head, Needs      []string
	ID, Mode         string
	Restart          string
	Code             int
	X86              bool
	Wide             string // "true" or "false"
	Planned, Earlier []row
	Callers          []recipe.Caller
	Host             string
	Port             int
	Rehearsal        bool // the server says in words whether the caller survives

	// For a file that holds several groups; empty for one that holds one.
	Groups       []page
	N            int      // of a group, from 1
	Names, Fulls []picked // by what a computer's group is known
	Shared       []string // names that several computers have
}

// picked is the group of one name.
type picked struct {
	Name  string
	Group int
}

// row is one call of New-Row.
type row struct{ Tag, Row string }

// Format is the script as --as takes it.
func Format() recipe.Format {
	return recipe.Format{Name: "ps1", Extensions: []string{".ps1", ".psm1"}, Write: write, WriteAll: writeAll, Read: read, ReadBeside: readBeside, Lint: lint}
}

// write gives apply.ps1, undo.ps1 and verify.ps1. The scripts keep to PowerShell
// 2.0, which Windows 7 and Server 2008 R2 have.
func write(p recipe.Plan, w *message.Catalog) ([]recipe.File, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	pg, err := newPage(p, w)
	if err != nil {
		return nil, err
	}
	var files []recipe.File
	for _, r := range []recipe.Role{recipe.Apply, recipe.Undo, recipe.Verify} {
		pg.Mode, pg.Head = string(r), nil
		for _, line := range recipe.Head(p, r, w) {
			pg.Head = append(pg.Head, recipe.OneLine(line))
		}
		data, err := fill(templateOf(r), pg, w)
		if err != nil {
			return nil, err
		}
		files = append(files, recipe.File{Name: string(r) + ".ps1", Data: data})
	}
	return files, nil
}

// writeAll gives apply.ps1, undo.ps1 and verify.ps1 for all groups.
func writeAll(a recipe.All, w *message.Catalog) ([]recipe.File, error) {
	pg := page{Shared: a.Shared, Rehearsal: len(a.Groups) > 0 && a.Groups[0].Rehearsal}
	for i, p := range a.Groups {
		one, err := newPage(p, w)
		if err != nil {
			return nil, err
		}
		one.N = i + 1
		pg.Groups = append(pg.Groups, one)
	}
	for _, p := range a.Picks {
		if p.ByFull {
			pg.Fulls = append(pg.Fulls, picked{p.Computer.Full, p.Group + 1})
		} else {
			pg.Names = append(pg.Names, picked{p.Computer.Name, p.Group + 1})
		}
	}
	var files []recipe.File
	for _, r := range []recipe.Role{recipe.Apply, recipe.Undo, recipe.Verify} {
		pg.Mode, pg.Head = string(r), recipe.HeadAll(a, r, w)
		for i, p := range a.Groups {
			pg.Groups[i].Head = nil
			for _, line := range recipe.Head(p, r, w)[1:] {
				pg.Groups[i].Head = append(pg.Groups[i].Head, recipe.OneLine(line))
			}
		}
		data, err := fill(templateOf(r), pg, w)
		if err != nil {
			return nil, err
		}
		files = append(files, recipe.File{Name: string(r) + ".ps1", Data: data})
	}
	return files, nil
}

func templateOf(r recipe.Role) string {
	if r == recipe.Verify {
		return "verify"
	}
	return "change"
}

func newPage(p recipe.Plan, w *message.Catalog) (page, error) {
	pg := page{
		ID: p.ID(), Restart: string(p.Restart), Code: p.Restart.ExitStatus(), X86: p.OS.X86(),
		Wide: strconv.FormatBool(!p.OS.X86()), Needs: recipe.Needs(p, w), Callers: p.Callers, Rehearsal: p.Rehearsal,
	}
	if p.Endpoint != "" {
		pg.Host, pg.Port, _ = recipe.SplitEndpoint(p.Endpoint) // Validate has checked it
	}
	for _, c := range p.Changes {
		text, err := rowOf(c)
		if err != nil {
			return pg, err
		}
		pg.Planned = append(pg.Planned, row{recipe.OneLine(recipe.Tag(c, w)), text})
		if text, err = rowOf(c.Undo()); err != nil {
			return pg, err
		}
		pg.Earlier = append(pg.Earlier, row{"", text})
	}
	return pg, nil
}

// fill fills a template; UTF-8 with a byte order mark, without which Windows
// PowerShell reads a script in the ANSI code page.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding
func fill(name string, pg page, w *message.Catalog) ([]byte, error) {
	t := stencil.Text(stencil.Funcs{
		"quote": stencil.Say(quote),
		"say":   stencil.Say(func(id string) string { return quote(recipe.Say(w, id)) }),
	})
	for _, one := range []string{"pick.ps1.tmpl", "rows.ps1.tmpl", name + ".ps1.tmpl"} {
		text, err := templates.ReadFile(one)
		if err == nil {
			err = t.Parse(one, string(text))
		}
		if err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := t.Execute(&b, name+".ps1.tmpl", pg); err != nil {
		return nil, err
	}
	return []byte("\ufeff" + strings.ReplaceAll(b.String(), "\n", "\r\n")), nil
}

// rowOf is a change as the arguments of New-Row.
func rowOf(c host.Change) (string, error) {
	if c.Delete {
		return fmt.Sprintf("'delete' %s %s '' $null", quote(c.Key), quote(c.Name)), nil
	}
	data, err := literal(c.Data)
	return fmt.Sprintf("'set' %s %s '%s' %s", quote(c.Key), quote(c.Name), c.Type, data), err
}

// literal is data as .NET's RegistryKey.SetValue takes it: numbers signed, since
// it converts to Int32 and Int64.
// https://learn.microsoft.com/dotnet/api/microsoft.win32.registrykey.setvalue
func literal(d host.Data) (string, error) {
	switch d.Type {
	case host.DWORD:
		return fmt.Sprintf("([int32]%d)", int32(uint32(d.Number))), nil
	case host.QWORD:
		return fmt.Sprintf("([int64]'%d')", int64(d.Number)), nil
	case host.SZ, host.ExpandSZ:
		return quote(d.Text), nil
	case host.MultiSZ:
		items := make([]string, len(d.Strings))
		for i, s := range d.Strings {
			items[i] = quote(s)
		}
		return "([string[]]@(" + strings.Join(items, ", ") + "))", nil
	case host.Binary:
		items := make([]string, len(d.Bytes))
		for i, b := range d.Bytes {
			items[i] = strconv.Itoa(int(b))
		}
		return "([byte[]]@(" + strings.Join(items, ", ") + "))", nil
	}
	return "", recipe.Refuse("type", message.Str("type", string(d.Type)))
}

// quote is s in single quotes. PowerShell takes the typographic quotes for
// single quotes too; each is doubled.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		if isQuote(r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

func isQuote(r rune) bool { return r == '\'' || (r >= '\u2018' && r <= '\u201B') }
