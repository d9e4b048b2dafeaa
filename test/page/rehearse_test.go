package page_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"tlsready/internal/cli"
	"tlsready/internal/testkit/browser"
	"tlsready/internal/testkit/heard"
)

// Proves that Chromium, which speaks the language of its user, is told by a rehearsal
// server in that language whether it survives and with what it came; that the page stands
// in nobody's way, fits a phone, loads nothing, and leads to the other language.
func TestRehearsalPage(t *testing.T) {
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	errs, ended := &heard.Text{}, make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, []string{"rehearse", "--listen", "127.0.0.1:0", "--service", "azure-backup", "--on", "2027-01-01"}, cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: errs}, []string{"LANG=C"})
	}()
	defer func() { stop(); <-ended }()
	url := ""
	for deadline := time.Now().Add(time.Minute); url == "" && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		url = errs.Find(`https://127\.0\.0\.1:\d+/`)
	}
	var f struct {
		Requests, Console []string
		Screens           []struct {
			Name, Lang, Head, Text string
			Wide                   int
			Styled                 bool
			Found                  []string
		}
	}
	browser.Drive(t, "rehearse.mjs", url, &f)
	if len(f.Requests) > 0 || len(f.Console) > 0 {
		t.Errorf("asked for %q, the console says %q", f.Requests, f.Console)
	}
	heads := map[string]string{"en": "As of 2027-01-01 this client connects", "ja": "このクライアントは 2027-01-01 の時点で接続できます"}
	want := []string{"en", "en", "en", "ja", "ja", "ja", "ja", "en"}
	if len(f.Screens) != len(want) {
		t.Fatalf("%d screens", len(f.Screens))
	}
	for i, s := range f.Screens {
		if s.Lang != want[i] || s.Head != heads[want[i]] || s.Wide > 0 || !s.Styled || len(s.Found) > 0 {
			t.Errorf("%s in %s: %q, %s, %d too wide, styled %v, in the way %q", s.Name, want[i], s.Head, s.Lang, s.Wide, s.Styled, s.Found)
		}
		if s.Name != "switched" && (!strings.Contains(s.Text, "TLS 1.3") || !strings.Contains(s.Text, "certutil -urlcache -split -f "+url+"line")) {
			t.Errorf("%s in %s lacks something: %s", s.Name, want[i], s.Text)
		}
	}
}
