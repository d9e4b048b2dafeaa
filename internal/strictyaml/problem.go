package strictyaml

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tlsready/internal/message"
)

// Problem puts into words an error of the YAML library, which gives it only as one English
// line; Go's type names are left out because they say nothing to a reader of YAML. An error
// made by a type's own UnmarshalYAML comes back unchanged.
func Problem(err error) error {
	var several *yaml.TypeError
	if errors.As(err, &several) {
		texts := make([]message.Text, len(several.Errors))
		for i, line := range several.Errors {
			texts[i] = text(line)
		}
		return message.Error("problem.list", message.Sub("list", texts...))
	}
	line, ours := strings.CutPrefix(err.Error(), "yaml: ")
	var known message.Texter
	if !ours || errors.As(err, &known) {
		return err
	}
	return &message.Problem{What: text(line)}
}

var atLine = regexp.MustCompile(`^line (\d+): (.*)$`)

// text finds the words of one of the library's lines.
func text(line string) message.Text {
	if m := atLine.FindStringSubmatch(line); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return message.AtLine(n, text(m[2]))
		}
	}
	if id, ok := sentences()[line]; ok {
		return message.New("yaml." + id)
	}
	for _, p := range patterns() {
		if m := p.form.FindStringSubmatch(line); m != nil {
			args := make([]message.Arg, len(p.args))
			for i, name := range p.args {
				args[i] = message.Str(name, m[i+1])
			}
			return message.New("yaml."+p.id, args...)
		}
	}
	return message.New("yaml.other", message.Str("text", line))
}

// pattern is a line of the library that names something.
type pattern struct {
	form *regexp.Regexp
	id   string
	args []string
}

// patterns are the lines that name something, as go.yaml.in/yaml/v3 writes them
// (decode.go).
func patterns() []pattern {
	return []pattern{
		{regexp.MustCompile(`^field (.*) not found in type .*$`), "unknown-key", []string{"key"}},
		{regexp.MustCompile(`^field (.*) already set in type .*$`), "key-twice", []string{"key"}},
		{regexp.MustCompile(`^mapping key "(.*)" already defined at line (\d+)$`), "key-twice-at", []string{"key", "line"}},
		{regexp.MustCompile(`^cannot unmarshal (.*) into .*$`), "wrong-type", []string{"value"}},
		{regexp.MustCompile(`^unknown anchor '(.*)' referenced$`), "unknown-anchor", []string{"anchor"}},
	}
}

// sentences are the lines that name nothing (scannerc.go, parserc.go, readerc.go
// and decode.go), as far as a file that a person wrote brings them about.
func sentences() map[string]string {
	return map[string]string{
		"did not find expected key":                                    "expected-key",
		"mapping values are not allowed in this context":               "no-mapping-here",
		"mapping keys are not allowed in this context":                 "no-mapping-here",
		"block sequence entries are not allowed in this context":       "no-list-here",
		"could not find expected ':'":                                  "expected-colon",
		"did not find expected '-' indicator":                          "expected-dash",
		"did not find expected ',' or ']'":                             "expected-bracket",
		"did not find expected ',' or '}'":                             "expected-brace",
		"did not find expected node content":                           "expected-value",
		"found character that cannot start any token":                  "bad-start",
		"found a tab character that violates indentation":              "tab",
		"found a tab character where an indentation space is expected": "tab",
		"found unexpected end of stream":                               "unexpected-end",
		"found unknown escape character":                               "unknown-escape",
		"found undefined tag handle":                                   "unknown-tag",
		"did not find expected alphabetic or numeric character":        "expected-name",
		"control characters are not allowed":                           "control-character",
		"invalid leading UTF-8 octet":                                  "no-utf8",
		"invalid trailing UTF-8 octet":                                 "no-utf8",
		"incomplete UTF-8 octet sequence":                              "no-utf8",
		"document contains excessive aliasing":                         "aliases",
		"map merge requires map or sequence of maps as the value":      "merge",
	}
}
