package program

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tlsready"
)

// maxScript bounds a script; larger ones carry data, not commands.
const maxScript = 32 << 20

func isScript(path string) bool { return hasExt(path, ".ps1", ".psm1") }

// scriptFacts is what a script says.
type scriptFacts struct {
	named []named
	core  located // what makes it a script for PowerShell 6 and later
	com   located // WinHTTP's automation object
}

// patterns are what is looked for in PowerShell, without case.
type patterns struct {
	assign, call, parameter, com, requires, name, number, variable, assigned *regexp.Regexp
}

func newPatterns() patterns {
	return patterns{
		assign:    regexp.MustCompile(`(?i)\[\s*(?:system\.)?net\.servicepointmanager\s*\]\s*::\s*securityprotocol\s*(=|\+=)\s*`),
		call:      regexp.MustCompile(`(?i)\.(?:begin)?authenticateasclient(?:async)?\s*\(`),
		parameter: regexp.MustCompile(`(?i)\s-sslprotocol[\s:]+([^\s;|)]+)`),
		com:       regexp.MustCompile(`(?i)\bwinhttp\.winhttprequest\.5(?:\.1)?\b`),
		requires:  regexp.MustCompile(`(?im)^[ \t]*#requires\s+.*?-(?:version\s+([67])\b|psedition\s+core\b)`),
		name:      regexp.MustCompile(`(?i)\b(ssl2|ssl3|tls1[123]|tls|systemdefault)\b`),
		number:    regexp.MustCompile(`(?i)(?:^|[^\w.$])(0x[0-9a-f]+|\d+)\b`),
		variable:  regexp.MustCompile(`\$(?:\w+:)?\w+`),
		assigned:  regexp.MustCompile(`(?im)(\$(?:\w+:)?\w+)[ \t]*=[ \t]*`),
	}
}

// scanScript reads a PowerShell script without running it.
func scanScript(text string) scriptFacts {
	var facts scriptFacts
	pat := newPatterns()
	if at := pat.requires.FindStringIndex(text); at != nil {
		facts.core = located{strings.TrimSpace(text[at[0]:at[1]]), lineAt(text, at[0])}
	}
	code := withoutComments(text)
	for _, at := range pat.assign.FindAllStringSubmatchIndex(code, maxHits) {
		one := pat.named(code, expression(code[at[1]:]))
		one.adds = one.adds || code[at[2]:at[3]] == "+="
		one.to, one.line = "ServicePointManager.SecurityProtocol", lineAt(code, at[0])
		facts.named = append(facts.named, one)
	}
	for _, at := range pat.call.FindAllStringIndex(code, maxHits) {
		one := pat.named(code, expression(code[at[1]-1:]))
		if one.to, one.line = "SslStream.AuthenticateAsClient", lineAt(code, at[0]); !one.unknown {
			facts.named = append(facts.named, one)
		}
	}
	for _, at := range pat.parameter.FindAllStringSubmatchIndex(code, maxHits) {
		one := pat.named(code, code[at[2]:at[3]])
		one.to, one.line = "-SslProtocol", lineAt(code, at[2])
		facts.named = append(facts.named, one)
		if facts.core.text == "" {
			facts.core = located{"-SslProtocol", one.line}
		}
	}
	if at := pat.com.FindStringIndex(code); at != nil {
		facts.com = located{code[at[0]:at[1]], lineAt(code, at[0])}
	}
	return facts
}

// named reads the expression that is given to a setting. A variable counts by
// what the script assigns to it.
func (p patterns) named(code, expr string) named {
	one := named{adds: regexpFold(expr, "::securityprotocol") && strings.Contains(strings.ToLower(expr), "-bor")}
	versions, found := p.versions(expr)
	if !found {
		for _, v := range p.variable.FindAllString(expr, 16) {
			for _, at := range p.assigned.FindAllStringSubmatchIndex(code, maxHits) {
				if strings.EqualFold(code[at[2]:at[3]], v) {
					more, ok := p.versions(expression(code[at[1]:]))
					versions, found = append(versions, more...), found || ok
				}
			}
		}
	}
	slices.SortFunc(versions, func(a, b tlsready.Version) int { return a.Rank() - b.Rank() })
	one.versions, one.unknown = slices.Compact(versions), !found
	return one
}

func regexpFold(text, part string) bool { return strings.Contains(strings.ToLower(text), part) }

// versions reads names and numbers of versions.
func (p patterns) versions(expr string) (list []tlsready.Version, found bool) {
	byName := map[string]tlsready.Version{
		"ssl2": tlsready.SSL20, "ssl3": tlsready.SSL30, "tls": tlsready.TLS10,
		"tls11": tlsready.TLS11, "tls12": tlsready.TLS12, "tls13": tlsready.TLS13,
	}
	for _, name := range p.name.FindAllString(expr, -1) {
		if v, ok := byName[strings.ToLower(name)]; ok {
			list = append(list, v)
		}
		found = true // SystemDefault names none
	}
	for _, m := range p.number.FindAllStringSubmatch(expr, -1) {
		n, err := strconv.ParseUint(m[1], 0, 32)
		versions, ok := versionsOf(uint32(n))
		if err == nil && ok && (n != 0 || strings.TrimSpace(expr) == "0") {
			list, found = append(list, versions...), true
		}
	}
	return list, found
}

// expression is the text up to the end of a statement: a line break or a
// semicolon outside brackets, unless the line goes on.
func expression(text string) string {
	const longest = 4096
	text = text[:min(len(text), longest)]
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth < 0 {
				return text[:i]
			}
		case ';':
			if depth == 0 {
				return text[:i]
			}
		case '\n':
			line := strings.TrimSpace(text[:i])
			if depth == 0 && !strings.HasSuffix(line, "`") && !hasOperator(line) {
				return text[:i]
			}
		}
	}
	return text
}

// hasOperator says whether a line ends in something that goes on below.
func hasOperator(line string) bool {
	low := strings.ToLower(line)
	return low == "" || strings.HasSuffix(low, "-bor") || strings.HasSuffix(low, ",") || strings.HasSuffix(low, "=")
}

// withoutComments blanks comments and keeps line breaks, so that positions stay.
func withoutComments(text string) string {
	out := []byte(text)
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' && out[i] != '\r' {
				out[i] = ' '
			}
		}
	}
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '`':
			i += 2
		case c == '\'' || c == '"':
			i = endOfString(text, i)
		case strings.HasPrefix(text[i:], "<#"):
			end := len(text)
			if n := strings.Index(text[i:], "#>"); n >= 0 {
				end = i + n + 2
			}
			blank(i, end)
			i = end
		case c == '#' && (i == 0 || strings.ContainsRune(" \t\r\n;({})", rune(text[i-1]))):
			end := len(text)
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				end = i + n
			}
			blank(i, end)
			i = end
		default:
			i++
		}
	}
	return string(out)
}

// endOfString is the position after a quoted text; a here-string ends at its
// mark at the start of a line.
func endOfString(text string, at int) int {
	quote := text[at]
	if at > 0 && text[at-1] == '@' {
		if n := strings.Index(text[at:], "\n"+string(quote)+"@"); n >= 0 {
			return at + n + 3
		}
		return len(text)
	}
	for i := at + 1; i < len(text); i++ {
		switch {
		case text[i] == '`' && quote == '"':
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

func lineAt(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }

// script names the caller of a PowerShell script.
func (p *inspection) script(data []byte) {
	if len(data) > maxScript {
		p.why("too-large")
		data = data[:maxScript]
	}
	facts := scanScript(decode(data))
	p.neutral = true
	base := "powershell-5.1-x64"
	if facts.core.text != "" {
		base = "dotnetcore"
		p.why("script-core", "line", strconv.Itoa(facts.core.line), "text", facts.core.text)
	} else {
		p.why("script")
	}
	p.name(base, "", facts.named)
	if facts.com.text != "" {
		p.why("script-com", "line", strconv.Itoa(facts.com.line), "text", facts.com.text)
		p.is("winhttp-x64")
	}
}
