package syntax

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/script"
)

// sketch writes a statement so that a test can compare it: commands in <>,
// operators prefixed, blocks in {}.
func sketch(node any) string {
	switch n := node.(type) {
	case nil:
		return "-"
	case *Block:
		if n == nil {
			return "-"
		}
		var parts []string
		for _, p := range n.Params {
			parts = append(parts, "param "+p.Name)
		}
		for _, s := range n.Statements {
			parts = append(parts, sketch(s))
		}
		return "{" + strings.Join(parts, "; ") + "}"
	case *Pipeline:
		var parts []string
		for _, e := range n.Elements {
			if e.Command != nil {
				parts = append(parts, sketch(e.Command))
			} else {
				parts = append(parts, sketch(e.Expr))
			}
		}
		text := strings.Join(parts, " | ")
		if n.Next != nil {
			text += fmt.Sprintf(" %t %s", n.OnError, sketch(n.Next))
		}
		return text
	case *Command:
		return sketchCommand(n)
	case *Assign:
		return sketch(n.Target) + " " + n.Op + " " + sketch(n.Value)
	case *If:
		var parts []string
		for _, c := range n.Clauses {
			parts = append(parts, sketch(c.Cond)+" "+sketch(c.Body))
		}
		return "if " + strings.Join(parts, " elseif ") + " else " + sketch(n.Else)
	case *Loop:
		return fmt.Sprintf("loop%d %s %s %s %s %s", n.Kind, n.Var, sketch(n.Init), sketch(n.Cond), sketch(n.Step), sketch(n.Body))
	case *Switch:
		text := "switch " + sketch(n.Value)
		for _, c := range n.Cases {
			text += " " + sketch(c.Pattern) + sketch(c.Body)
		}
		return text + " default " + sketch(n.Default)
	case *Function:
		return "function " + n.Name + " " + sketch(n.Body)
	case *Try:
		text := "try " + sketch(n.Body)
		for _, c := range n.Catches {
			text += " catch " + sketch(c)
		}
		return text + " finally " + sketch(n.Finally)
	case *Trap:
		return "trap " + sketch(n.Body)
	case *Flow:
		return n.Kind + " " + sketch(n.Value)
	case *Definition:
		return "definition"
	case *Unparsed:
		return fmt.Sprintf("UNPARSED %d:%d %s", n.Line, n.Column, n.Text)
	}
	return sketchExpr(node)
}

func sketchCommand(n *Command) string {
	text := "<" + n.Operator + sketch(n.Name)
	for _, a := range n.Args {
		text += " "
		if a.Param != "" {
			text += "-" + a.Param
			if a.Value != nil {
				text += ":"
			}
		}
		if a.Splat {
			text += "@"
		}
		if a.Value != nil {
			text += sketch(a.Value)
		}
	}
	return text + ">"
}

func sketchExpr(node any) string {
	list := func(items []Expr) string {
		var parts []string
		for _, e := range items {
			parts = append(parts, sketch(e))
		}
		return strings.Join(parts, ", ")
	}
	switch n := node.(type) {
	case *Text:
		var b strings.Builder
		for _, p := range n.Parts {
			if l, ok := p.(*Literal); ok {
				b.WriteString(l.Value)
			} else {
				b.WriteString("«" + sketch(p) + "»")
			}
		}
		if n.Bare {
			return b.String()
		}
		return "'" + b.String() + "'"
	case *Literal:
		return n.Value
	case *Number:
		return fmt.Sprint(n.Value) + n.Text
	case *Variable:
		return "$" + n.Name
	case *List:
		return "[" + list(n.Items) + "]"
	case *Sub:
		return map[bool]string{true: "@", false: ""}[n.Array] + map[bool]string{true: "p", false: "$"}[n.Paren] + sketch(n.Body)
	case *Hash:
		var parts []string
		for i := range n.Keys {
			parts = append(parts, sketch(n.Keys[i])+"="+sketch(n.Values[i]))
		}
		return "@{" + strings.Join(parts, "; ") + "}"
	case *BlockExpr:
		return sketch(n.Body)
	case *Type:
		return "[" + n.Name + "]"
	case *Cast:
		return "[" + n.Type + "]" + sketch(n.X)
	case *Member:
		text := sketch(n.X) + map[bool]string{true: "::", false: "."}[n.Static] + sketch(n.Name)
		if n.Call {
			text += "(" + list(n.Args) + ")"
		}
		return text
	case *Index:
		return sketch(n.X) + "[" + sketch(n.I) + "]"
	case *Unary:
		return "(" + n.Op + " " + sketch(n.X) + ")"
	case *Binary:
		return "(" + sketch(n.L) + " " + n.Op + " " + sketch(n.R) + ")"
	}
	return fmt.Sprintf("?%T", node)
}

// Proves how statements, commands and expressions are read.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "{}",
		"Write-Host 'a' \"b\" c":       "{<Write-Host 'a' 'b' c>}",
		"reg add HKLM\\x /v a /d 1 /f": "{<reg add HKLM\\x /v a /d 1 /f>}",
		"New-Item -Path 'HKLM:\\a b' -Force | Out-Null":                     "{<New-Item -path 'HKLM:\\a b' -force> | <Out-Null>}",
		"Set-X `\n  -Name a `\r\n  -Value 1,2":                              "{<Set-X -name a -value [1, 2]>}",
		"$a = 'x' # comment\n<# block\n#> $b += 1":                          "{$a = 'x'; $b += 1}",
		"$p = \"$root\\$($a.b)\\${x y}`$z\"":                                "{$p = '«$root»\\«${$a.b}»\\«$x y»$z'}",
		"$a = @'\n[Net.X]::Y = 1\n'@\nb":                                    "{$a = '[Net.X]::Y = 1'; <b>}",
		"$a = @\"\nx $y\n\"@":                                               "{$a = 'x «$y»'}",
		"if (-not (Test-Path $p)) { a } elseif ($x -eq 1) { b } else { c }": "{if (not p{<Test-Path $p>}) {<a>} elseif ($x eq 1) {<b>} else {<c>}}",
		"foreach ($k in 'a','b') { x $k }":                                  "{loop0 k - ['a', 'b'] - {<x $k>}}",
		"for ($i = 0; $i -lt 3; $i++) { x }":                                "{loop1  $i = 0 ($i lt 3) (++ $i) {<x>}}",
		"while ($true) { break }":                                           "{loop2  - $true - {break -}}",
		"do { x } until ($y)":                                               "{loop4  - $y - {<x>}}",
		"'a','b' | ForEach-Object { x $_ }":                                 "{['a', 'b'] | <ForEach-Object {<x $_>}>}",
		"$a | % { $_.Name } | ? { $_ -like 'x*' }":                          "{$a | <% {$_.name}> | <? {($_ like 'x*')}>}",
		"[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls -bor 3072": "{[net.servicepointmanager]::securityprotocol = ([net.securityprotocoltype]::tls bor 3072)}",
		"[void](New-Item x)": "{[void]p{<New-Item x>}}",
		"[Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\x', 'a', 1, 'DWord')": "{[microsoft.win32.registry]::setvalue('HKEY_LOCAL_MACHINE\\x', 'a', 1, 'DWord')}",
		"(Get-Item HKLM:\\).OpenSubKey('a', $true).CreateSubKey(\"b/c\")":                "{p{<Get-Item HKLM:\\>}.opensubkey('a', $true).createsubkey('b/c')}",
		"function Set-It([string]$Path, $n = 1) { param($q) x $Path }":                   "{function set-it {param path; param n; param q; <x $path>}}",
		"try { a } catch [IO.E], [X] { b } finally { c }":                                "{try {<a>} catch {<b>} finally {<c>}}",
		"return 1; exit 3010\nthrow 'x'":                                                 "{return 1; exit 3010; throw 'x'}",
		"$x = @{ Path = 'a'; 'Na me' = 1\n Value = (1,2) }\nNew-ItemProperty @x":         "{$x = @{Path='a'; 'Na me'=1; Value=p{[1, 2]}}; <New-ItemProperty @$x>}",
		"& \"$env:windir\\reg.exe\" add x":                                               "{<&'«$env:windir»\\reg.exe' add x>}",
		". .\\lib.ps1":                                                                   "{<..\\lib.ps1>}",
		"& { a; b }":                                                                     "{<&{<a>; <b>}>}",
		"a && b || c":                                                                    "{<a> false <b> true <c>}",
		"a > $null 2>&1; b *> x.txt":                                                     "{<a>; <b>}",
		"switch ($x) { 1 { a } 'b' { c } default { d } }":                                "{switch $x 1{<a>} 'b'{<c>} default {<d>}}",
		"-join ('a','b') + 1":                                                            "{((join p{['a', 'b']}) + 1)}",
		"'{0}-{1}' -f 1,2":                                                               "{('{0}-{1}' f [1, 2])}",
		"$a[0].b++":                                                                      "{(++ $a[0].b)}",
		"1..3 | x":                                                                       "{(1 .. 3) | <x>}",
		"Invoke-Command -ComputerName a -ScriptBlock { param($k) x }":                    "{<Invoke-Command -computername a -scriptblock {param k; <x>}>}",
		"$x = if ($a) { 1 } else { 2 }":                                                  "{$x = if $a {1} else {2}}",
		"cmd /c \"reg add x\" --% /f \"a b\"":                                            "{<cmd /c 'reg add x' '/f \"a b\"'>}",
		"Begin { a } Process { b } End { c }":                                            "{<a>; <b>; <c>}",
		"[CmdletBinding()]\nparam([Parameter(Mandatory=$true)][string]$a = 'x', [switch]$b)\nx": "{param a; param b; <x>}",
		"class A { [int]$x; A() { b } }\nx":                                                     "{definition; <x>}",
		"x 0xffffffff ; $y = 0xffffffff; $z = 1kb; 7z":                                          "{<x 0xffffffff>; $y = -1; $z = 1024; 07z}",
		"Set-ItemProperty –Path 'a' -Name ‘b’ -Value “c”":                                       "{<Set-ItemProperty –Path 'a' -name 'b' -value 'c'>}",
		"x (":            "{UNPARSED 1:1 x (}",
		"a\n)\nb":        "{<a>; UNPARSED 2:1 ); <b>}",
		"x 'abc\ny":      "{UNPARSED 1:1 x 'abc}",
		"if $a { b }":    "{UNPARSED 1:1 if $a { b }}",
		"$a b c":         "{$a; UNPARSED 1:1 $a b c}",
		"x { a\nb":       "{<x {<a>; <b>; UNPARSED 1:3 { a}>}",
		"\u00a0a\u3000b": "{<a b>}",
	} {
		if got := sketch(Parse(text)); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
}

// Proves that the scripts that this project writes hold nothing that the parser
// does not read.
func TestParseOwnScripts(t *testing.T) {
	files, err := filepath.Glob("../../../recipe/formats/testdata/golden/*/*/*.ps1")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden scripts", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := sketch(Parse(script.Decode(data))); strings.Contains(got, "UNPARSED") {
			t.Errorf("%s: %s", name, got[strings.Index(got, "UNPARSED"):][:100])
		}
	}
}

// Proves that places are those of the text, in characters.
func TestPlaces(t *testing.T) {
	b := Parse("  # あ\n日本; Set-X 1\n")
	got := b.Statements[1].At()
	if got != (script.Pos{Line: 2, Column: 5}) {
		t.Errorf("%+v", got)
	}
}

// Proves that the largest scripts that are taken are read in time that grows with
// their size, whatever they consist of.
func TestParseLarge(t *testing.T) {
	for _, unit := range []string{"#\n", "# ", "(", "@'", "\"", "$a='x'\n", "sp HKLM:\\x a 1\n", "sp (,", "&", "{", "}", "if(", "if($a){", "$(", "\"$(", "@{a=", "[a", "[a]", "param(", "param($a={", ")\n", "x x'", "-not ", "!", "1,", "|", "a|", "a &&", "switch(1){", "<#", "`", "$a.", "$a[", "a -b:", ";", "𝒳", "a`n ", "begin{"} {
		for _, text := range []string{strings.Repeat(unit, script.MaxSize/len(unit)), strings.Repeat(strings.ReplaceAll(unit, "\n", " "), script.MaxSize/len(unit))} {
			begun := time.Now()
			Parse(text)
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("%q took %v", unit, took)
			}
		}
	}
}

// FuzzParse: no text makes the parser panic, and every statement has a place.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"if (-not $a) { b 'c' } else { d | % { $_ } }", "$x = @'\n'@", "param($a = 1) \"$($a)\"", "[a]::b('c').d[1]++", "a -b:c @d 2>&1 && e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		walk(Parse(text), func(s Statement) {
			if p := s.At(); p.Line < 1 || p.Column < 1 {
				t.Fatalf("%T has no place", s)
			}
		})
	})
}

// walk visits the statements of blocks.
func walk(b *Block, visit func(Statement)) {
	if b == nil {
		return
	}
	for _, s := range b.Statements {
		visit(s)
		switch n := s.(type) {
		case *If:
			for _, c := range n.Clauses {
				walk(c.Body, visit)
			}
			walk(n.Else, visit)
		case *Loop:
			walk(n.Body, visit)
		case *Function:
			walk(n.Body, visit)
		case *Try:
			walk(n.Body, visit)
		}
	}
}
