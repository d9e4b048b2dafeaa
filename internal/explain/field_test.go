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
	right, all := measure(t, "testdata/field.tsv", 2)
	if all < 50 || right*100 < all*95 {
		t.Errorf("%d of %d right", right, all)
	}
}

// TestOwnTexts proves the same of further kinds and forms: every code as number,
// hexadecimal and text, log lines with their noise, cut and escaped messages, both
// languages; and that what is not known, near numbers above all, finds nothing.
func TestOwnTexts(t *testing.T) {
	right, all := measure(t, "testdata/own.tsv", 1)
	if all < 600 || right < all {
		t.Errorf("%d of %d right", right, all)
	}
}

// measure counts the lines of a table whose first answer says what the column must asks
// for; "none" asks for no answer at all.
func measure(t *testing.T, file string, must int) (right, all int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t)
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(cells) <= must || cells[0] == "text" {
			continue
		}
		all++
		found, want := b.Find(cells[0]), cells[must]
		switch {
		case want == "none" && len(found) > 0:
			t.Logf("%q finds %s, want nothing", cells[0], found[0].ID)
		case want != "none" && len(found) == 0:
			t.Logf("%q finds nothing", cells[0])
		case want != "none" && !regexp.MustCompile("(?i)"+want).MatchString(answer(found[0])):
			t.Logf("%q finds %s first, want %s", cells[0], found[0].ID, want)
		default:
			right++
		}
	}
	return right, all
}
