package cmd

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
)

// Proves that every sentence a .cmd file may print stands in code page 932
// without a byte that cmd would act on, and that English ones are ASCII.
func TestWordsFitCmd(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		w := message.For(lang)
		for _, id := range printedIDs() {
			text := recipe.Say(w, id)
			if text == "recipe."+id {
				t.Errorf("%s: no text", id)
			}
			raw, err := japanese.ShiftJIS.NewEncoder().String(text)
			if err != nil || lang == "en" && raw != text {
				t.Errorf("%s %s: %v", lang, id, err)
			}
			printed := strings.HasPrefix(id, "run.") || strings.HasPrefix(id, "rehearsal.") || strings.HasPrefix(id, "need.") || strings.HasPrefix(id, "ticket.")
			if printed && echoed(text) != text {
				t.Errorf("%s %s: cmd would act on a byte of %q: %q", lang, id, text, echoed(text))
			}
		}
	}
}

// printedIDs are the texts that a .cmd file may hold.
func printedIDs() []string {
	return strings.Fields("head.apply head.undo head.verify head.all head.system head.restart head.plan " +
		"restart.none restart.process restart.service restart.reboot " +
		"tag.services tag.before tag.policy tag.gpo tag.absent need.title need.one need.or " +
		"need.update need.certificate need.policy need.program need.operating-system " +
		"ticket.title ticket.time ticket.host ticket.system ticket.plan ticket.stage ticket.before ticket.after ticket.between " +
		"rehearsal.survives rehearsal.shutOut rehearsal.noAnswer " +
		"run.elevate run.elsewhere run.shared run.arch64 run.arch32 run.drift run.unchanged run.failed run.rolledBack run.rollbackFailed run.differs run.matches")
}

// Proves that no text of a .cmd file is missing from the list above.
func TestPrintedIDsAreAll(t *testing.T) {
	for _, file := range []string{"write.go", "../texts.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:Say\(w, |echo\()"([\w.-]+[\w])"`).FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(printedIDs(), m[1]) {
				t.Errorf("%s: %s is not held to what cmd can print", file, m[1])
			}
		}
	}
}

// Proves that a character whose second byte in code page 932 is | never reaches
// an echo line.
func TestEchoIsSafe(t *testing.T) {
	if got := echoed("ポリシー & <x> %PATH% 50^"); got != "?リシー ? ?x? ?PATH? 50?" {
		t.Errorf("got %q", got)
	}
}
