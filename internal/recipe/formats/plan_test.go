package formats_test

import (
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/recipe/recipetest"
)

// Proves that plans which cannot be written so that they do what they say are
// refused by every format, with the reason.
func TestPlanRefused(t *testing.T) {
	good := func() recipe.Plan { return recipetest.Samples()[1] }
	for _, test := range []struct {
		says   string
		change func(*recipe.Plan)
	}{
		{"changes nothing", func(p *recipe.Plan) { p.Changes = nil }},
		{"no Wow6432Node", func(p *recipe.Plan) { p.OS, p.Callers = recipetest.Windows7, nil }},
		{"undo is not known", func(p *recipe.Plan) { p.Changes[0].Before.State = host.NotAsked }},
		{"only HKLM", func(p *recipe.Plan) { p.Changes[0].Key = `HKCU\Software\x` }},
		{"spelled", func(p *recipe.Plan) { p.Changes[0].Key = `HKLM\SOFTWARE\\x` }},
		{"control character", func(p *recipe.Plan) { p.Changes[0].Name = "a\r\nreg" }},
		{"control character", func(p *recipe.Plan) { p.Changes[0].Data = host.String("a\nb") }},
		{"empty", func(p *recipe.Plan) { p.Changes[0].Data = host.Multi("a", "") }},
		{"REG_NONE", func(p *recipe.Plan) { p.Changes[0].Data = host.Data{Type: host.None} }},
		{"no REG_DWORD", func(p *recipe.Plan) { p.Changes[0].Data = host.Data{Type: host.DWORD, Number: 1 << 32} }},
		{"before", func(p *recipe.Plan) { p.Changes[0].Before = host.Before{State: host.Present} }},
		{"twice", func(p *recipe.Plan) {
			p.Changes[1] = p.Changes[0]
			p.Changes[1].Name = strings.ToUpper(p.Changes[1].Name)
		}},
		{"restart", func(p *recipe.Plan) { p.Restart = "soon" }},
		{"host:port", func(p *recipe.Plan) { p.Endpoint = "a'; calc:443" }},
		{"host:port", func(p *recipe.Plan) { p.Endpoint = "example.com:0" }},
		{"caller", func(p *recipe.Plan) { p.Callers[0].ID = "a'b" }},
		{"bits", func(p *recipe.Plan) { p.Callers[0].Bits = 16 }},
		{"target framework", func(p *recipe.Plan) { p.Callers[0].Target = "4.5'" }},
	} {
		p := good()
		test.change(&p)
		for _, f := range formats.All() {
			if _, err := f.Write(p, message.For("en")); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v, want it to say %q", f.Name, err, test.says)
			}
		}
	}
}

// Proves that .cmd, and .reg whose verify.cmd it is, refuse with the value's name
// what would not arrive as it is, while .ps1 takes it. (A line that is too long is
// made of several values.)
func TestCmdRefuses(t *testing.T) {
	for _, d := range []host.Data{host.String(`say "a"`), host.String("日本"), host.Multi(`a\0b`), host.String(" x"), host.String(strings.Repeat("x", 9000))} {
		p := recipetest.Samples()[1]
		p.Changes[0].Data = d
		for _, f := range formats.All() {
			_, err := f.Write(p, message.For("ja"))
			if refused := f.Name != "ps1"; (err != nil) != refused || refused && len(d.Text) < 100 && !strings.Contains(err.Error(), p.Changes[0].Name) {
				t.Errorf("%s and %.40v: %v", f.Name, d, err)
			}
		}
	}
}

// Proves that x86 scripts carry neither /reg: nor Wow6432Node, and x64 .cmd
// commands /reg:64 throughout.
func TestViews(t *testing.T) {
	for _, p := range recipetest.Samples() {
		for _, f := range formats.All() {
			files, err := f.Write(p, message.For("en"))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				checkViews(t, p, file.Name, string(readable(t, file)))
			}
		}
	}
}

func checkViews(t *testing.T, p recipe.Plan, name, text string) {
	t.Helper()
	if p.OS.X86() && (strings.Contains(text, "/reg:") || strings.Contains(text, "Wow6432Node")) {
		t.Errorf("%s: x86 with a second view", name)
	}
	if p.OS.X86() || !strings.HasSuffix(name, ".cmd") {
		return
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, `"HKLM`) && strings.Contains(line, "reg ") && !strings.Contains(line, "/reg:64") && !strings.HasPrefix(line, "echo") {
			t.Errorf("%s without /reg:64: %s", name, line)
		}
	}
}

// Proves that the id depends on the changes and the state before, on nothing else.
func TestPlanID(t *testing.T) {
	a, b := recipetest.Samples()[1], recipetest.Samples()[1]
	b.Hosts, b.Endpoint = nil, ""
	if a.ID() != b.ID() {
		t.Error("the hosts are part of the id")
	}
	b.Changes[0].Before = host.Before{State: host.Present, Data: host.Dword(0)}
	if a.ID() == b.ID() {
		t.Error("the state before is not part of the id")
	}
}
