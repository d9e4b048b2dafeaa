package recipe

import (
	"bytes"
	"embed"
	"fmt"
	"strconv"
	"strings"
	"text/template"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

//go:embed ps1/*.tmpl
var ps1Templates embed.FS

// ps1Page is what the PowerShell templates are filled with.
type ps1Page struct {
	Head, Needs      []string
	ID, Mode         string
	Restart          string
	Code             int
	X86              bool
	Wide             string // "true" or "false"
	Planned, Earlier []ps1Row
	Callers          []Caller
	Host             string
	Port             int
}

// ps1Row is one call of New-Row.
type ps1Row struct{ Tag, Row string }

// writePS1 writes apply.ps1, undo.ps1 and verify.ps1. The scripts keep to
// PowerShell 2.0, which Windows 7 and Server 2008 R2 have.
func writePS1(p Plan, w *message.Catalog) ([]File, error) {
	if err := ready(p); err != nil {
		return nil, err
	}
	page, err := newPS1Page(p, w)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, r := range []role{roleApply, roleUndo, roleVerify} {
		page.Mode, page.Head = string(r), nil
		for _, line := range head(p, r, w) {
			page.Head = append(page.Head, oneLine(line))
		}
		name := "change"
		if r == roleVerify {
			name = "verify"
		}
		data, err := fillPS1(name, page, w)
		if err != nil {
			return nil, err
		}
		files = append(files, File{string(r) + ".ps1", data})
	}
	return files, nil
}

func newPS1Page(p Plan, w *message.Catalog) (ps1Page, error) {
	page := ps1Page{
		ID: p.ID(), Restart: string(p.Restart), Code: p.Restart.exitStatus(), X86: p.OS.X86(),
		Wide: strconv.FormatBool(!p.OS.X86()), Needs: needs(p, w), Callers: p.Callers,
	}
	if p.Endpoint != "" {
		page.Host, page.Port, _ = splitEndpoint(p.Endpoint) // Validate has checked it
	}
	for _, c := range p.Changes {
		row, err := ps1RowOf(c)
		if err != nil {
			return page, err
		}
		page.Planned = append(page.Planned, ps1Row{oneLine(tag(c, w)), row})
		if row, err = ps1RowOf(c.Undo()); err != nil {
			return page, err
		}
		page.Earlier = append(page.Earlier, ps1Row{"", row})
	}
	return page, nil
}

// fillPS1 fills a template; UTF-8 with a byte order mark, without which Windows
// PowerShell reads a script in the ANSI code page.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding
func fillPS1(name string, page ps1Page, w *message.Catalog) ([]byte, error) {
	t, err := template.New(name+".ps1.tmpl").Funcs(template.FuncMap{
		"quote": ps1Quote,
		"say":   func(id string) string { return ps1Quote(say(w, id)) },
	}).ParseFS(ps1Templates, "ps1/"+name+".ps1.tmpl")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return nil, err
	}
	return []byte("\ufeff" + strings.ReplaceAll(b.String(), "\n", "\r\n")), nil
}

// ps1RowOf is a change as the arguments of New-Row.
func ps1RowOf(c host.Change) (string, error) {
	if c.Delete {
		return fmt.Sprintf("'delete' %s %s '' $null", ps1Quote(c.Key), ps1Quote(c.Name)), nil
	}
	data, err := ps1Data(c.Data)
	return fmt.Sprintf("'set' %s %s '%s' %s", ps1Quote(c.Key), ps1Quote(c.Name), c.Type, data), err
}

// ps1Data is data as .NET's RegistryKey.SetValue takes it: numbers signed, since
// it converts to Int32 and Int64.
// https://learn.microsoft.com/dotnet/api/microsoft.win32.registrykey.setvalue
func ps1Data(d host.Data) (string, error) {
	switch d.Type {
	case host.DWORD:
		return fmt.Sprintf("([int32]%d)", int32(uint32(d.Number))), nil
	case host.QWORD:
		return fmt.Sprintf("([int64]'%d')", int64(d.Number)), nil
	case host.SZ, host.ExpandSZ:
		return ps1Quote(d.Text), nil
	case host.MultiSZ:
		items := make([]string, len(d.Strings))
		for i, s := range d.Strings {
			items[i] = ps1Quote(s)
		}
		return "([string[]]@(" + strings.Join(items, ", ") + "))", nil
	case host.Binary:
		items := make([]string, len(d.Bytes))
		for i, b := range d.Bytes {
			items[i] = strconv.Itoa(int(b))
		}
		return "([byte[]]@(" + strings.Join(items, ", ") + "))", nil
	}
	return "", fmt.Errorf("type %s cannot be written as .ps1", d.Type)
}

// ps1Quote is s in single quotes. PowerShell takes the typographic quotes for
// single quotes too; each is doubled.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
func ps1Quote(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		if isPS1Quote(r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

func isPS1Quote(r rune) bool { return r == '\'' || (r >= '\u2018' && r <= '\u201B') }
