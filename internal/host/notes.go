package host

import "tlsready/internal/message"

// maxNoteDepth bounds texts within texts: a hive's name, what is wrong with its log,
// and why.
const maxNoteDepth = 4

// note reads what a source had to say about its own reading.
func (d *decoder) note(depth int) (s message.Stored, err error) {
	if depth > maxNoteDepth {
		return s, d.fail(d.at, "host.note-depth", message.Int("limit", maxNoteDepth))
	}
	err = d.object(func(key string) (err error) {
		switch key {
		case "id":
			s.ID, err = d.str("string")
		case "text":
			s.Text, err = d.str("string")
		case "args":
			s.Args = map[string]message.StoredArg{}
			err = d.object(func(name string) error {
				arg, err := d.noteArg(depth)
				s.Args[name] = arg
				return err
			})
		default:
			err = errUnknown
		}
		return err
	})
	return s, err
}

func (d *decoder) noteArg(depth int) (a message.StoredArg, err error) {
	err = d.object(func(key string) (err error) {
		switch key {
		case "value":
			a.Value, err = d.str("string")
		case "texts":
			err = d.array(func() error {
				sub, err := d.note(depth + 1)
				a.Texts = append(a.Texts, sub)
				return err
			})
		default:
			err = errUnknown
		}
		return err
	})
	return a, err
}
