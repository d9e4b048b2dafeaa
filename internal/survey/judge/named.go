package judge

import (
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/caller"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/strictyaml"
	"tlsready/internal/userfile"
)

// Named is a kind of things that are built in under ids, and that users have in
// files of their own.
type Named[T any] struct {
	Kind  string // as the ids of texts have it
	ByID  func(id string) (T, bool, error)
	Parse func(data []byte) (T, error)
	IDs   func() []string
}

// Read reads the thing that an id or a file is. What is neither is a [Mistake].
func (n Named[T]) Read(arg string) (T, error) {
	if thing, ok, err := n.ByID(arg); ok {
		return thing, err
	}
	var none T
	if !IsFile(arg) {
		return none, Unknown(n.Kind, arg, n.IDs())
	}
	data, err := userfile.Read(arg, strictyaml.MaxSize)
	if err != nil {
		return none, CannotRead(arg, err)
	}
	thing, err := n.Parse(data)
	if err != nil {
		return none, &Mistake{&message.Problem{Where: arg, What: message.CauseOf(err), Hint: message.New("survey.hint." + n.Kind + "-file"), Err: err}}
	}
	return thing, nil
}

// Service reads a profile by id or from a file.
func Service(arg string) (*service.Profile, error) {
	return Named[*service.Profile]{"service", service.ByID, service.Parse, service.IDs}.Read(arg)
}

// Caller reads a caller by id or from a file.
func Caller(arg string) (*caller.Caller, error) {
	ids := func() []string { return append(caller.Programs(), stack.Generic()...) }
	return Named[*caller.Caller]{"caller", caller.ByID, caller.Parse, ids}.Read(arg)
}

// Callers reads callers by ids or from files.
func Callers(args []string) ([]*caller.Caller, error) {
	list := make([]*caller.Caller, 0, len(args))
	for _, arg := range args {
		c, err := Caller(arg)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// IsFile says whether an argument means a file and not an id: it holds a separator
// of paths, or ends as such files do.
func IsFile(arg string) bool {
	return strings.ContainsAny(arg, `/\`) || slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(arg)))
}

// Unknown is the [Mistake] of a name that no service, caller or policy has; kind is
// one of these words. The hint is the known one that is nearest.
func Unknown(kind, name string, known []string) error {
	p := message.Error("survey.error.unknown-"+kind, message.Str("name", name))
	p.Hint = message.New("survey.hint.list-" + kind)
	if near := message.Nearest(name, known); near != "" {
		p.Hint = message.New("survey.hint.did-you-mean", message.Str("name", near))
	}
	return &Mistake{p}
}
