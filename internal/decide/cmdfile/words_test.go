package cmdfile

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/decide"
	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// script is the part for one program on two builds.
func script(t *testing.T, ids ...string) string {
	t.Helper()
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	q := decide.Question{Builds: []int{9600, 14393}, Demand: verdict.Demand{Phases: []verdict.Phase{{Accepts: tlsready.Acceptance{Versions: tlsready.Only(tlsready.TLS12)}}}}}
	for _, id := range ids {
		c, _, err := caller.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		q.Callers = append(q.Callers, c)
	}
	part, err := Verdict(decide.Compile(&verdict.Judge{Model: model}, q), model, Head{Name: func(string) string { return "A & B" }, Service: "x", On: "2021-09-01"})
	if err != nil {
		t.Fatal(err)
	}
	return string(part)
}

// TestLabels proves that every label that is gone to or called is there, and once.
func TestLabels(t *testing.T) {
	text := script(t, "mars", "java", "entra-connect")
	have := map[string]int{}
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), ":"); ok {
			have[name]++
		}
	}
	for name, n := range have {
		if n != 1 {
			t.Errorf("label %s stands %d times", name, n)
		}
	}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		for i, word := range words[:max(0, len(words)-1)] {
			target := strings.TrimSuffix(strings.TrimPrefix(words[i+1], ":"), ")")
			if (word == "goto" || word == "call" && strings.HasPrefix(words[i+1], ":")) && !strings.Contains(target, "%") && have[target] == 0 {
				t.Errorf("%s goes to no label", strings.TrimSpace(line))
			}
		}
		if len(line) > 8191 {
			t.Errorf("a line has %d characters", len(line))
		}
	}
	if !strings.Contains(text, "call :doubt own-tls \"java\"") || !strings.Contains(text, "call :doubt by-version \"entra-connect\"") {
		t.Error("what hangs on more than settings is not left to check")
	}
}

// TestWordsFitCmd proves that no sentence holds a character that cmd would act on, in any
// code page, and that what comes from elsewhere is made harmless.
func TestWordsFitCmd(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "message", "en", "spot.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ids map[string]string
	if err := json.Unmarshal(file, &ids); err != nil || len(ids) < 20 {
		t.Fatalf("%d sentences, %v", len(ids), err)
	}
	for _, lang := range message.Languages() {
		for id := range ids {
			if !strings.HasPrefix(id, "spot.") {
				continue
			}
			text := message.For(lang).Render(message.New(id, message.Str("name", "A"), message.Str("on", "2021-09-01"), message.Str("id", "KB1"), message.Str("when", "now")))
			if raw := printed(lang, text); bytes.ContainsRune(raw, '?') {
				t.Errorf("%s %s: %q", lang, id, text)
			}
		}
	}
	if text := script(t, "mars"); strings.Contains(text, "A & B") || !strings.Contains(text, "A ? B") {
		t.Error("the name of the service reaches cmd as it is")
	}
}
