package survey

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/caller"
	"tlsready/internal/endpoint"
	"tlsready/internal/message"
	"tlsready/internal/policy"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/strictyaml"
	"tlsready/internal/userfile"
)

// named is a kind of things that are built in under ids, and that users have in
// files of their own.
type named[T any] struct {
	kind  string // as the ids of texts have it
	byID  func(id string) (T, bool, error)
	parse func(data []byte) (T, error)
	ids   func() []string
}

// read reads the thing that an id or a file is. What is neither is a [Mistake].
func (n named[T]) read(arg string) (T, error) {
	if thing, ok, err := n.byID(arg); ok {
		return thing, err
	}
	var none T
	if !IsFile(arg) {
		return none, Unknown(n.kind, arg, n.ids())
	}
	data, err := userfile.Read(arg, strictyaml.MaxSize)
	if err != nil {
		return none, cannotRead(arg, err)
	}
	thing, err := n.parse(data)
	if err != nil {
		return none, &Mistake{&message.Problem{Where: arg, What: message.CauseOf(err), Hint: message.New("survey.hint." + n.kind + "-file"), Err: err}}
	}
	return thing, nil
}

// Service reads a profile by id or from a file.
func Service(arg string) (*service.Profile, error) {
	return named[*service.Profile]{"service", service.ByID, service.Parse, service.IDs}.read(arg)
}

// Caller reads a caller by id or from a file.
func Caller(arg string) (*caller.Caller, error) {
	ids := func() []string { return append(caller.Programs(), stack.Generic()...) }
	return named[*caller.Caller]{"caller", caller.ByID, caller.Parse, ids}.read(arg)
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

// Policy reads a policy by id or from a file.
func Policy(arg string) (*policy.Policy, error) {
	return named[*policy.Policy]{"policy", policy.ByID, policy.Parse, policy.IDs}.read(arg)
}

// PolicyCheck reads what endpoints may accept at most: a policy, or a service profile,
// whose phase on a day then counts.
func PolicyCheck(arg string, on service.Date) (endpoint.Check, error) {
	_, isPolicy, _ := policy.ByID(arg)
	_, isService, _ := service.ByID(arg)
	if !isPolicy && (isService || holdsProfile(arg)) {
		p, err := Service(arg)
		if err != nil {
			return nil, err
		}
		return endpoint.ServiceLimit(p.ID, p, on), nil
	}
	p, err := Policy(arg)
	if err != nil {
		return nil, err
	}
	return endpoint.Policy(p), nil
}

func holdsProfile(arg string) bool {
	if !IsFile(arg) {
		return false
	}
	data, err := userfile.Read(arg, strictyaml.MaxSize)
	return err == nil && bytes.Contains(data, []byte(service.Schema))
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
