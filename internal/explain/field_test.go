package explain_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/explain"
)

// answer is what the first lines of an answer say: the title, the note and the causes
// of the first entry.
func answer(e explain.Entry) string {
	text := e.Title["en"] + "\n" + e.Note["en"]
	for _, c := range e.Causes {
		text += "\n" + c.Text["en"]
	}
	return text
}

// TestFieldTexts proves that at least 95 of 100 codes and texts that people really had
// are answered by the right entry first.
func TestFieldTexts(t *testing.T) {
	data, err := os.ReadFile("testdata/field.tsv")
	if err != nil {
		t.Fatal(err)
	}
	b := open(t)
	right, all := 0, 0
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(cells) != 3 || cells[0] == "text" {
			continue
		}
		all++
		found := b.Find(cells[0])
		switch {
		case len(found) == 0 && cells[2] != "none":
			t.Logf("%q finds nothing", cells[0])
		case len(found) > 0 && !regexp.MustCompile(cells[2]).MatchString(answer(found[0])):
			t.Logf("%q finds %s first, want %s", cells[0], found[0].ID, cells[2])
		default:
			right++
		}
	}
	if all < 50 || right*100 < all*95 {
		t.Errorf("%d of %d right", right, all)
	}
	t.Logf("%d of %d right", right, all)
}
