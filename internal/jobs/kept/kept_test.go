package kept

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/message"
)

// Proves that what is kept of an error begins with its sentence in English, is said in both
// languages later, and holds what hostile texts have in them within bounds; and that what an
// earlier version or River itself kept is said as well as it can be.
func TestKept(t *testing.T) {
	long := strings.Repeat("é", 5000)
	lied := message.Error("jobs.error.lied", message.Str("worker", "w"), message.Cause("why", message.Error("jobs.lie.host", message.Quote("id", "a\nb\x00"))))
	for name, tc := range map[string]struct{ text, en, ja string }{
		"a text in a text": {
			Error(lied, Blame{}).Error(),
			`what the worker w sent was refused: a result for the host "a\nb\x00" was sent, which was not asked for`,
			`ワーカー w が送った内容を拒否しました: 依頼していないコンピューター "a\nb\x00" の結果が送られました`,
		},
		"of the system":  {Error(message.At("a.txt", fs.ErrNotExist), Blame{}).Error(), "a.txt: no such file or directory", "a.txt: ファイルまたはフォルダーが見つかりません"},
		"of nobody":      {Error(errors.New("two\nlines\x00"), Blame{}).Error(), "two\nlines\uFFFD", "two\nlines\uFFFD"},
		"cancelled here": {river.JobCancel(Error(lied, Blame{})).Error(), message.English(lied.Text()), message.For("ja").Render(lied.Text())},
		"too long":       {Error(message.Error("jobs.lie.json", message.Cause("why", errors.New(long))), Blame{}).Error(), "the results cannot be read: " + long[:1972], "the results cannot be read: " + long[:1972]},
		"by somebody":    {river.ErrJobCancelledRemotely.Error(), "somebody cancelled it", "中止されました"},
		"by maintenance": {"Stuck job rescued by JobRescuer", "it ran for longer than it may, and its server did not say how it went", "制限時間を過ぎましたが、処理していたサーバーから結果の報告がありません"},
		"of old":         {"the worker w has been silent for 1m0s", "the worker w has been silent for 1m0s", "the worker w has been silent for 1m0s"},
		"of old, cut":    {"JobCancelError: a\nb {", "a\nb {", "a\nb {"},
		"of a newer one": {"a sentence\n" + `{"id":"jobs.error.of-tomorrow","worker":"x"}`, "a sentence", "a sentence"},
	} {
		f := Of(rivertype.AttemptError{Error: tc.text})
		if en, ja := message.English(f.Why), message.For("ja").Render(f.Why); en != tc.en || ja != tc.ja {
			t.Errorf("%s: %.200q\n%.200q\nof %.200q", name, en, ja, tc.text)
		}
		if len(tc.text) > maxSentence+maxLine || strings.Contains(tc.text, "\x00") {
			t.Errorf("%s: %d bytes", name, len(tc.text))
		}
	}
	errs := []rivertype.AttemptError{{Error: Error(lied, Blame{"w1", true}).Error()}, {Error: "of old"}, {Error: Error(lied, Blame{"w2", false}).Error()}}
	if n, who := Spared(errs), Blamed(errs); n != 1 || strings.Join(who, " ") != "w1 w2" {
		t.Errorf("%d %v", n, who)
	}
}
