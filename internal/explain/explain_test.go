package explain_test

import (
	"fmt"
	"strings"
	"testing"

	"tlsready/internal/explain"
)

func open(t testing.TB) *explain.Book {
	t.Helper()
	b, err := explain.Open()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every entry can be found, tells causes or a note in both languages, says what
// to collect, and names a source.
func TestEntriesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range open(t).Entries() {
		if seen[e.ID] {
			t.Errorf("%s stands there twice", e.ID)
		}
		seen[e.ID] = true
		if e.Title["en"] == "" || e.Title["ja"] == "" {
			t.Errorf("%s: title %v", e.ID, e.Title)
		}
		if len(e.Causes) == 0 && (e.Note["en"] == "" || e.Note["ja"] == "") {
			t.Errorf("%s: neither causes nor a note", e.ID)
		}
		for _, c := range e.Causes {
			for _, w := range []explain.Words{c.Text, c.Tell} {
				if w["en"] == "" || w["ja"] == "" {
					t.Errorf("%s: cause %s: %v", e.ID, c.ID, w)
				}
			}
		}
		if len(e.Collect) == 0 || len(e.Citations) == 0 {
			t.Errorf("%s: %d things to collect, %d citations", e.ID, len(e.Collect), len(e.Citations))
		}
		for _, c := range e.Citations {
			if c.URL == "" || c.Says["en"] == "" || c.Says["ja"] == "" {
				t.Errorf("%s: citation %+v", e.ID, c)
			}
		}
		if len(e.Codes)+len(e.Names)+len(e.Texts) == 0 && e.Event.ID == 0 && e.Alert == nil {
			t.Errorf("%s: nothing by which it could be found", e.ID)
		}
	}
	if len(seen) < 45 {
		t.Errorf("%d entries, want at least 45", len(seen))
	}
}

// Each text, in both languages, finds its own entry first: as it is, with other
// words around it, without its punctuation, and in full width.
func TestEachTextFindsItsEntry(t *testing.T) {
	b := open(t)
	forms := map[string]func(string) string{
		"as it is":            func(s string) string { return s },
		"in a longer message": func(s string) string { return "2021-09-01 ERROR --> " + s + ". (fs01)" },
		"upper case":          strings.ToUpper,
		"without punctuation": func(s string) string { return strings.NewReplacer(":", "", "、", "", "。", "", ",", "").Replace(s) },
		"full width":          widen,
	}
	for _, e := range b.Entries() {
		for lang, texts := range e.Texts {
			for _, text := range texts {
				for name, form := range forms {
					found := b.Find(form(text))
					if len(found) == 0 || found[0].ID != e.ID {
						t.Errorf("%s, %s, %s: %q finds %s first", e.ID, lang, name, form(text), ids(found))
					}
				}
			}
		}
	}
}

// widen writes ASCII letters and digits in their full-width forms.
func widen(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, s)
}

// Each code finds its entry first in every form in which people copy it.
func TestEachCodeFindsItsEntry(t *testing.T) {
	b := open(t)
	for _, e := range b.Entries() {
		for _, code := range e.Codes {
			forms := []string{fmt.Sprint(code), fmt.Sprintf("0x%X", code), fmt.Sprintf("error 0x%08x occurred", code)}
			if code > 0x7fffffff {
				forms = append(forms, fmt.Sprint(int32(code)), fmt.Sprintf("%08X", code), fmt.Sprintf("0xFFFFFFFF%08X", code))
			}
			for _, form := range forms {
				if found := b.Find(form); len(found) == 0 || found[0].ID != e.ID {
					t.Errorf("%s: %q finds %s first", e.ID, form, ids(found))
				}
			}
		}
	}
}

// What people really type and paste.
func TestFind(t *testing.T) {
	b := open(t)
	tests := []struct{ query, want string }{
		{"-2146893007", "sec-e-algorithm-mismatch"},
		{"SEC_E_ALGORITHM_MISMATCH", "sec-e-algorithm-mismatch"},
		{"schannel: next InitializeSecurityContext failed: SEC_E_ILLEGAL_MESSAGE (0x80090326)", "sec-e-illegal-message"},
		{"could not create ssl/tls secure channel", "net-secure-channel-failure"},
		{"要求は中止されました: SSL/TLS のセキュリティで保護されているチャネルを作成できませんでした。", "net-secure-channel-failure"},
		{"接続が切断されました: 送信時に、予期しないエラーが発生しました。", "net-send-failure"},
		{"接続が切断されました: 送信時に予期しないエラーが発生しました", "net-send-failure"},
		{"接続が切断されました: 受信時に予期しないエラーが発生しました。", "net-receive-failure"},
		{"クライアントとサーバーは共通のアルゴリズムを保持していないため通信できません。", "sec-e-algorithm-mismatch"},
		{"ｾｷｭﾘﾃｨ ｴﾗｰが発生しました", "winhttp-secure-failure"},
		{"event 36871 state 10013", "event-36871-10013"},
		{"イベント 36871 状態 10013", "event-36871-10013"},
		{"36871", "event-36871"},
		{"Event ID 36887, alert 70", "alert-70"},
		{"alert 40", "alert-40"},
		{"アラート 48", "alert-48"},
		{"70", "alert-70"},
		{"handshake_failure", "alert-40"},
		{"10054", "connection-reset"},
		{"12175", "winhttp-secure-failure"},
		{"0x80072f7d", "winhttp-channel-error"},
		{"Error 47072: Login failed with invalid TLS version", "sql-tls-version"},
		{"The SSL connection could not be established, see inner exception.", "net-core-ssl"},
		{"無効な TLS バージョンでログイン", "sql-tls-version"},
		{"the client and server can not communicate because they don't possess common algorithm", "sec-e-algorithm-mismatch"},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			found := b.Find(tt.query)
			if len(found) == 0 || found[0].ID != tt.want {
				t.Errorf("finds %s, want %s first", ids(found), tt.want)
			}
		})
	}
}

// The number of an alert in an event that reports one says more than the event.
func TestAlertBesideEvent(t *testing.T) {
	found := open(t).Find("36887 70")
	if got := ids(found); got != "alert-70 event-36887" {
		t.Errorf("finds %s", got)
	}
}

// What means nothing here finds nothing.
func TestFindNothing(t *testing.T) {
	b := open(t)
	for _, query := range []string{"", "   ", "SSL", "TLS", "out of paper", "0x0", "99999999999999999999", "プリンターが見つかりません", "\xff\xfe"} {
		if found := b.Find(query); len(found) > 0 {
			t.Errorf("%q finds %s", query, ids(found))
		}
	}
}

// FuzzFind: nothing that is pasted makes the search panic or return an entry
// twice.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"0x80090331", "-2146893007", "event 36871 state 10013", "送信時に、予期しないエラー", "\xff0x", "ｾｷｭﾘﾃｨ"} {
		f.Add(s)
	}
	b := open(f)
	f.Fuzz(func(t *testing.T, query string) {
		seen := map[string]bool{}
		for _, e := range b.Find(query) {
			if seen[e.ID] {
				t.Errorf("%s is found twice", e.ID)
			}
			seen[e.ID] = true
		}
	})
}

// BenchmarkFind searches for a pasted exception.
func BenchmarkFind(b *testing.B) {
	book := open(b)
	text := strings.Repeat("   at System.Net.HttpWebRequest.GetRequestStream(TransportContext& context)\n", 40) +
		"The underlying connection was closed: An unexpected error occurred on a send."
	for b.Loop() {
		if len(book.Find(text)) == 0 {
			b.Fatal("found nothing")
		}
	}
}

func ids(entries []explain.Entry) string {
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = e.ID
	}
	return strings.Join(list, " ")
}
