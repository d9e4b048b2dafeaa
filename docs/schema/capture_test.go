package schema

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/cli"
)

// Proves that what the capture script writes beside a capture fits its schema: the line
// is taken from the script, with a name and addresses in the place of its variables.
func TestCaptureFileFits(t *testing.T) {
	var script, errs bytes.Buffer
	if status := cli.Run(t.Context(), []string{"collector", "capture"}, cli.Streams{In: strings.NewReader(""), Out: &script, Err: &errs}, []string{"LANG=C"}); status != 0 {
		t.Fatal(status, errs.String())
	}
	line := regexp.MustCompile(`\.capture\.json" echo (\{.*\})`).FindStringSubmatch(script.String())
	if line == nil {
		t.Fatal("the script writes no such file")
	}
	text := strings.NewReplacer("%COMPUTERNAME%", "FS01", "%ADDRESSES%", `"192.0.2.7", "2001:db8::7"`).Replace(line[1])
	schema := schemaOf(t, "capture")
	if err := schema.Validate(decode(t, []byte(text))); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	for name, broken := range breakages(t, []byte(text)) {
		if schema.Validate(broken) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
