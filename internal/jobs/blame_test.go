//go:build unix

package jobs_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
)

// asks lets a worker ask for a batch for a moment, and says whether it got one.
func (s *server) asks(t *testing.T, name string, wait time.Duration) (desk.Lease, bool) {
	t.Helper()
	var l desk.Lease
	code := s.say(t, "acme", desk.Protocol, "", desk.Ask{Worker: name, Site: "tokyo", Wait: wait.Seconds()}, &l)
	if code != http.StatusOK && code != http.StatusNoContent {
		t.Fatalf("%s: %d", name, code)
	}
	return l, code == http.StatusOK
}

// send sends something about a lease, and holds the answer to a status.
func (s *server) send(t *testing.T, l desk.Lease, path string, doc any, want int) {
	t.Helper()
	if got := s.say(t, "acme", desk.Protocol, "/"+l.Lease+path, doc, nil); got != want {
		t.Errorf("%s: %d, not %d", path, got, want)
	}
}

// blamed proves that a worker which lies, leaves something out or cannot do a batch costs it
// no attempt while another one is there, and does not get it again until that one has gone;
// and that each of this is said in both languages.
func blamed(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{Silence: time.Hour}) // whoever has come is there
	s.run(t)
	spoilt := []struct {
		worker, path string
		sent         any
		status       int
		says         map[string]string
	}{
		{"liar", "/results", part(t, "192.0.2.1:443", "192.0.2.1"), 422, map[string]string{
			"en": `what the worker liar sent was refused: a result for "192.0.2.1:443" was sent, which was not asked for`,
			"ja": `ワーカー liar が送った内容を拒否しました: 依頼していない接続先 "192.0.2.1:443" の結果が送られました`,
		}},
		{"lazy", "/end", desk.End{}, 422, map[string]string{
			"en": "what the worker lazy sent was refused: nothing was sent for 1 of what was given out: 127.0.0.1:1",
			"ja": "ワーカー lazy が送った内容を拒否しました: 渡したもののうち 1 件の結果が送られていません: 127.0.0.1:1",
		}},
		{"old", "/end", desk.End{Error: "a kind\nof batch"}, 204, map[string]string{
			"en": `the worker old could not do it: "a kind\nof batch"`,
			"ja": `ワーカー old が処理できませんでした: "a kind\nof batch"`,
		}},
	}
	for _, name := range []string{"liar", "lazy", "old", "honest"} {
		if _, got := s.asks(t, name, 10*time.Millisecond); got {
			t.Fatal("a batch that nobody ordered")
		}
	}
	if _, _, err := s.Enqueue(t.Context(), "somebody", order("acme", "tokyo", 1)); err != nil {
		t.Fatal(err)
	}
	for i, tc := range spoilt {
		l := s.lease(t, tc.worker)
		s.send(t, l, tc.path, tc.sent, tc.status)
		job := s.failing(t, work.Probe, i+1)
		if job.Attempts-job.Attempt != 6 {
			t.Errorf("%s cost an attempt: %d of %d", tc.worker, job.Attempt, job.Attempts)
		}
		for lang, want := range tc.says {
			if got := message.For(lang).Render(job.Failures[i].Error); got != want {
				t.Errorf("%s: %s", tc.worker, got)
			}
		}
		if i > 0 {
			continue
		}
		if _, got := s.asks(t, tc.worker, 1500*time.Millisecond); got { // longer than it waits
			t.Fatalf("%s got it again", tc.worker)
		}
	}
	l := s.lease(t, "honest")
	s.send(t, l, "/results", part(t, "127.0.0.1:1", "127.0.0.1"), 204)
	s.send(t, l, "/end", desk.End{}, 204)
	s.until(t, "acme", work.Probe, jobs.Done, 1)
}

// bounded proves that a batch about which every worker lies, under however many names, has
// failed after so many, with the reason; and that the last worker that is there gets it again.
func bounded(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{Silence: time.Hour}) // whoever has come is there
	s.run(t)
	s.asks(t, "honest", 10*time.Millisecond)
	if _, _, err := s.Enqueue(t.Context(), "somebody", order("acme", "tokyo", 1)); err != nil {
		t.Fatal(err)
	}
	const most = 12
	var job jobs.Job
	for n := 1; job.State != jobs.Failed; n++ {
		if n > most {
			t.Fatalf("it is tried for ever: %+v", job)
		}
		l := s.lease(t, fmt.Sprintf("liar%d", n))
		s.send(t, l, "/results", []int{n}, 422)
		if job = s.failing(t, work.Probe, n); job.State != jobs.Failed {
			s.retry(t, work.Probe)
		}
	}
	last := message.English(job.Failures[len(job.Failures)-1].Error)
	if len(job.Failures) != most || !strings.Contains(last, fmt.Sprintf("liar%d", most)) {
		t.Errorf("%d failures, the last: %s", len(job.Failures), last)
	}
}
