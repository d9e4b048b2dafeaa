package regcmd

import (
	"context"
	"errors"
	"strings"

	"tlsready/internal/registry"
	"tlsready/internal/source/regquery"
)

// question is one run of reg query that may be answered ahead, together with
// others.
type question struct {
	words []string
	key   string
	form  form
}

// form is how much of a key a question asks for.
type form int

const (
	oneKey   form = iota // its values, and the names of the keys below it
	allBelow             // all below it
	oneName              // the values of one name in all keys below it
)

func ofKey(key string) question { return question{[]string{"reg", "query", "@" + key}, key, oneKey} }

func ofTree(key string) question {
	return question{[]string{"reg", "query", "@" + key, "/s"}, key, allBelow}
}

func ofName(key, name string) question {
	return question{[]string{"reg", "query", "@" + key, "/s", "/v", "@" + name}, key, oneName}
}

// Prefetch asks for keys together: what is printed for each is kept until the reading
// comes to that question, which takes it as if it had been asked by itself. An answer
// that leaves a doubt is not kept, and the question is asked again.
func (r *Registry) Prefetch(ctx context.Context, keys []registry.Wanted) error {
	var first []question
	for _, w := range keys {
		if !r.has(w.Key) {
			first = append(first, ofKey(w.Key))
		}
	}
	found := answers{}
	if err := r.askAll(ctx, first, found); err != nil {
		return err
	}
	if err := r.askParents(ctx, found); err != nil {
		return err
	}
	r.keepSettled(found)
	var second []question
	for _, w := range keys {
		if f, ok := found[strings.ToLower(w.Key)]; ok && f.branch != nil && len(f.branch.subkeys) > 0 {
			second = append(second, below(w)...)
		}
	}
	below := answers{}
	if err := r.askAll(ctx, second, below); err != nil {
		return err
	}
	for _, f := range below {
		r.ahead[f.line] = f.Answer
	}
	return nil
}

// below are the questions for what is wanted below a key.
func below(w registry.Wanted) []question {
	if w.Deep {
		return []question{ofTree(w.Key)}
	}
	var list []question
	for _, name := range w.Names {
		list = append(list, ofName(w.Key, name))
	}
	return list
}

func (r *Registry) has(key string) bool {
	low := strings.ToLower(key)
	return r.known[low] != nil || r.failed[low] != nil
}

// answered is a question with its answer.
type answered struct {
	question
	Answer
	line   string  // the question as a command of its own
	branch *branch // of a question for one key that has a clean answer
}

// answers are those that may be kept, by lower-case key, and for other forms than
// oneKey by the command.
type answers map[string]answered

// askAll asks questions in as few commands as they fit in, and adds what was
// answered clearly, or with an error.
func (r *Registry) askAll(ctx context.Context, questions []question, found answers) error {
	for len(questions) > 0 && !r.alone {
		b := newBatch(questions)
		questions = questions[b.took:]
		if len(b.questions) == 0 {
			continue
		}
		line, err := r.shell.wrap(b.line)
		if err != nil {
			continue
		}
		a, err := r.run.Run(ctx, line)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		list, ok := b.split(a)
		if err != nil || !ok {
			r.alone = true // whatever is wrong, single questions will meet or name it
			return nil
		}
		for i, a := range list {
			r.sort(b.questions[i], a, found)
		}
	}
	return nil
}

// sort adds an answer to those that may be kept.
func (r *Registry) sort(q question, a Answer, found answers) {
	line, err := r.shell.command(q.words...)
	if err != nil || !q.clean(a) && (q.form != oneKey || a.Status == 0) {
		return
	}
	f := answered{question: q, Answer: a, line: line}
	if q.form != oneKey {
		found[line] = f
		return
	}
	if a.Status == 0 {
		if f.branch, err = readKey(q.key, a.Out); err != nil {
			return
		}
	}
	found[strings.ToLower(q.key)] = f
}

// askParents asks for the keys above those whose error is in an unknown language:
// their lists tell whether a key is there, as in refused.
func (r *Registry) askParents(ctx context.Context, found answers) error {
	asked := map[string]bool{}
	for {
		var next []question
		for low, f := range found {
			parent := strings.ToLower(registry.Parent(low))
			if _, have := found[parent]; f.unclear() && parent != "" && !have && !asked[parent] && !r.has(parent) {
				asked[parent] = true
				next = append(next, ofKey(registry.Parent(f.key)))
			}
		}
		if len(next) == 0 || r.alone {
			return nil
		}
		if err := r.askAll(ctx, next, found); err != nil {
			return err
		}
	}
}

// unclear says whether the words of a failed answer tell nothing.
func (f answered) unclear() bool {
	words := f.said()
	return f.Status != 0 && !regquery.IsMissing(words) && !regquery.IsDenied(words)
}

// keepSettled keeps the answers that are clean, and those that say or prove that
// a key is missing.
func (r *Registry) keepSettled(found answers) {
	for low, f := range found {
		if f.Status == 0 || r.missing(low, found) {
			r.ahead[f.line] = f.Answer
		}
	}
}

// missing says whether a key is not there, by the words or by the list of the key
// above.
func (r *Registry) missing(low string, found answers) bool {
	f, ok := found[low]
	if !ok {
		return errors.Is(r.failed[low], registry.ErrNotExist)
	}
	if f.Status == 0 {
		return false
	}
	parent := registry.Parent(low)
	switch {
	case !f.unclear():
		return regquery.IsMissing(f.said())
	case parent == "":
		return false
	case r.known[parent] != nil:
		return !holds(r.known[parent].subkeys, low[len(parent)+1:])
	}
	if up, ok := found[parent]; ok && up.Status == 0 {
		return !holds(up.branch.subkeys, low[len(parent)+1:])
	}
	return r.missing(parent, found)
}

// clean says whether an answer leaves no doubt: no error, and each line is a key
// that belongs there, or a value of one. (Of a text with several lines, the later
// ones are neither.) A search for one name may end with a line in words, and with
// the status 1 if nothing was found.
func (q question) clean(a Answer) bool {
	if a.Errors != "" || a.Status != 0 && q.form != oneName {
		return false
	}
	at, ended := "", false
	for _, text := range regquery.Lines(a.Out) {
		if text == "" {
			continue
		}
		line := regquery.Parse(text)
		switch {
		case ended || line.IsError:
			return false
		case line.Key != "":
			at = normal(line.Key)
			if !q.belongs(at) {
				return false
			}
		case line.IsValue:
			_, err := line.Data()
			if at == "" || err != nil || q.form == oneKey && !strings.EqualFold(at, q.key) {
				return false
			}
		case q.form == oneName:
			ended = true
		default:
			return false
		}
	}
	return true
}

// belongs says whether an answer may name a key.
func (q question) belongs(key string) bool {
	if strings.EqualFold(key, q.key) || q.form == oneKey && strings.EqualFold(registry.Parent(key), q.key) {
		return true
	}
	return q.form != oneKey && len(key) > len(q.key) && strings.EqualFold(key[:len(q.key)+1], q.key+`\`)
}
