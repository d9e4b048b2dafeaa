package formats

// places of fields in lines of words (see words): what each one is, by its number.
type byPlace map[int]setter

// positional is a format of lines whose fields always stand at the same places; new ones
// come at the end.
type positional struct {
	id, name string
	fields   byPlace
	least    int // how many words a line has at least
	// is says whether a line is of the format, by its first words.
	is    func(list [][]byte) bool
	check func(d *draft) Outcome
}

func (p *positional) format() format {
	return format{id: p.id, name: p.name, detect: func(c *Config, s *sample) *Layout {
		if list := words(s.line, nil); len(list) < p.least || !p.is(list) {
			return nil
		}
		return &Layout{Format: p.id, parse: p.parse}
	}}
}

func (p *positional) parse(d *draft, line []byte) Outcome {
	d.words = words(line, d.words[:0])
	if len(d.words) < p.least || !p.is(d.words) {
		return Foreign
	}
	for at, s := range p.fields {
		d.place(s, at)
	}
	return d.checked(p.check)
}

// isTime and isAddress say whether a word can be one.
func isTime(w []byte) bool {
	_, rest, ok := isoTime(w, utc())
	return ok && len(rest) == 0
}

func isAddress(w []byte) bool { _, _, ok := address(w); return ok }
