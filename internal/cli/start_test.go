package cli

import (
	"bytes"
	"strings"
	"testing"

	"tlsready/internal/term/tty"
)

// TestChooseService proves that a name, a part of one, the list and nothing at all lead
// to a service, and that the end of the input asks no further.
func TestChooseService(t *testing.T) {
	for _, c := range []struct{ typed, want, says string }{
		{"", "", "Type a part"},
		{"\n", "", "Type a part"},
		{"azure-backup\n", "azure-backup", ""},
		{"MARS\n", "azure-backup", ""},
		{"nobody-has-this\nazure-backup\n", "azure-backup", "No service has"},
		{"wsus\n", "wsus", ""},
		{"a\nwsus\n", "wsus", "more of it"},
		{"exchange-online\n1\n", "exchange-online", "Number (1 to"},
		{"exchange-online\n99\nwsus\n", "wsus", "Number (1 to"},
		{"?\n\nwsus\n", "wsus", "azure-backup"},
		{"nobody-has-this", "", "No service has"},
	} {
		t.Run(c.typed, func(t *testing.T) {
			var told bytes.Buffer
			app := newApp(tty.Streams{In: strings.NewReader(c.typed), Err: &told}, []string{"LANG=C"})
			app.SetLanguage("en")
			got, err := app.chooseService(t.Context())
			if err != nil || !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("%q, %v, want %q", got, err, c.want)
			}
			if !strings.Contains(told.String(), c.says) {
				t.Errorf("told:\n%s", told.String())
			}
		})
	}
}

// TestDoubleClick proves that the program without a word in a window of its own asks
// for a service and waits to be closed, and that it is the help page elsewhere.
func TestDoubleClick(t *testing.T) {
	for _, own := range []bool{true, false} {
		var out, told bytes.Buffer
		opened := ""
		streams := tty.Streams{
			In: strings.NewReader("wsus\n\n"), Out: &out, Err: &told, InTerminal: own, OutTerminal: own, OwnConsole: own,
			OpenFile: func(path string) error { opened = path; return nil },
		}
		status := Run(t.Context(), nil, streams, []string{"LANG=ja_JP.UTF-8"})
		asked := strings.Contains(told.String(), "Enter キーを押すとウィンドウを閉じます")
		if asked != own || (own && !strings.Contains(told.String(), "check local:")) || (!own && status != 0) {
			t.Errorf("own window %v: status %d, told\n%s", own, status, told.String())
		}
		if opened != "" && !strings.HasSuffix(opened, ".html") {
			t.Errorf("opened %q", opened)
		}
	}
}
