package gate

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"tlsready/internal/message"
)

// fields are the keys that an object may have, each with what reads its value.
type fields map[string]func(*yaml.Node) error

// problem is what is wrong at a place of the file.
func problem(n *yaml.Node, id string, args ...message.Arg) *message.Problem {
	return &message.Problem{What: message.AtPosition(n.Line, n.Column, message.New("gate.config."+id, args...))}
}

// placed puts an error to its place in the file, and keeps its hint.
func placed(n *yaml.Node, err error) error {
	if err == nil {
		return nil
	}
	return &message.Problem{What: message.AtPosition(n.Line, n.Column, message.CauseOf(err)), Hint: message.HintOf(err), Err: err}
}

// resolved is the node that an alias stands for.
func resolved(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// object reads a mapping. Unknown keys and those that stand twice are refused.
func object(n *yaml.Node, known fields) error {
	n = resolved(n)
	if n.Kind != yaml.MappingNode {
		return problem(n, "object").Hinted("gate.hint.keys", message.Str("known", strings.Join(sorted(known), ", ")))
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolved(n.Content[i])
		read, ok := known[key.Value]
		if !ok || key.Kind != yaml.ScalarNode {
			return unknownKey(key, known)
		}
		if line, twice := lines[key.Value]; twice {
			return problem(key, "twice", message.Str("key", key.Value), message.Int("line", line))
		}
		lines[key.Value] = key.Line
		if err := read(n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func unknownKey(key *yaml.Node, known fields) error {
	list := sorted(known)
	p := problem(key, "unknown-key", message.Quote("key", key.Value))
	if near := message.Nearest(key.Value, list); near != "" {
		return p.Hinted("gate.hint.near", message.Str("near", near))
	}
	return p.Hinted("gate.hint.keys", message.Str("known", strings.Join(list, ", ")))
}

// list reads each item of a sequence, of which there may be at most limit.
func list(n *yaml.Node, limit int, item func(*yaml.Node) error) error {
	n = resolved(n)
	if n.Kind != yaml.SequenceNode {
		return problem(n, "list")
	}
	if len(n.Content) > limit {
		return problem(n, "many", message.Int("count", len(n.Content)), message.Int("limit", limit))
	}
	for _, c := range n.Content {
		if err := item(c); err != nil {
			return err
		}
	}
	return nil
}

// text reads a value that is one word or one line, however YAML takes it.
func text(n *yaml.Node) (string, error) {
	n = resolved(n)
	if n.Kind != yaml.ScalarNode {
		return "", problem(n, "text")
	}
	if n.Tag == "!!null" || n.Value == "" {
		return "", problem(n, "empty")
	}
	if strings.ContainsFunc(n.Value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", problem(n, "control")
	}
	return n.Value, nil
}

// into is a field that keeps a value as it is written.
func into(out *string) func(*yaml.Node) error {
	return parsed(out, func(s string) (string, error) { return s, nil })
}

// parsed is a field whose value parse reads.
func parsed[T any](out *T, parse func(string) (T, error)) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		s, err := text(n)
		if err != nil {
			return err
		}
		value, err := parse(s)
		if err != nil {
			return placed(resolved(n), err)
		}
		*out = value
		return nil
	}
}

// truth is a field that is true or false.
func truth(out *bool) func(*yaml.Node) error {
	return parsed(out, func(s string) (bool, error) {
		if s != "true" && s != "false" {
			return false, message.Error("gate.config.truth", message.Quote("text", s))
		}
		return s == "true", nil
	})
}

// whole is a field that is a whole number within bounds.
func whole(out *int, least, most int) func(*yaml.Node) error {
	return parsed(out, func(s string) (int, error) {
		v, err := strconv.Atoi(s)
		if err != nil || v < least || v > most {
			return 0, message.Error("gate.config.number", message.Quote("text", s), message.Int("least", least), message.Int("most", most))
		}
		return v, nil
	})
}

// oneOf is a field that is one of some words.
func oneOf[T ~string](out *T, words ...T) func(*yaml.Node) error {
	known := make([]string, len(words))
	for i, w := range words {
		known[i] = string(w)
	}
	return parsed(out, func(s string) (T, error) {
		for _, w := range words {
			if s == string(w) {
				return w, nil
			}
		}
		p := message.Error("gate.config.word", message.Quote("text", s), message.Str("known", strings.Join(known, ", ")))
		if near := message.Nearest(s, known); near != "" {
			p.Hinted("gate.hint.near", message.Str("near", near))
		}
		return "", p
	})
}
