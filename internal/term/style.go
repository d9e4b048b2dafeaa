package term

// Style is what text looks like: the parameter of an SGR sequence (ECMA-48
// section 8.3.117). It carries no meaning that the text lacks without it.
type Style string

// The styles.
const (
	Plain  Style = ""
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
)

const reset = "\x1b[0m"

// sequences are those that Paint writes, and the only ones that pass a Filter.
func sequences() []string {
	list := []string{reset}
	for _, s := range []Style{Bold, Dim, Red, Green, Yellow} {
		list = append(list, s.start())
	}
	return list
}

func (s Style) start() string { return "\x1b[" + string(s) + "m" }

// Paint puts the style around text. The text has to be [Safe].
func (s Style) Paint(text string) string {
	if s == Plain || text == "" {
		return text
	}
	return s.start() + text + reset
}
