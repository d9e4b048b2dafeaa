package recipe

import "tlsready/internal/message"

// Refuse says why a plan cannot be carried: the text recipe.refused.<id>.
func Refuse(id string, args ...message.Arg) error {
	return &message.Problem{What: message.New("recipe.refused."+id, args...)}
}

// At names the value that an error is about.
func At(key, name string, err error) error {
	return &message.Problem{Where: key + " " + name, What: message.CauseOf(err), Err: err}
}
