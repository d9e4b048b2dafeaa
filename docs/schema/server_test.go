package schema

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"tlsready/internal/document"
)

// Proves that the files for a server which the guides show fit their schemas, and that
// those refuse what is no such file.
func TestServerFilesFit(t *testing.T) {
	for name, guide := range map[string]string{"schedules": "../jobs.md", "webhooks": "../deploy.md"} {
		page, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		shown := regexp.MustCompile("(?s)```yaml\n(schema: tlsready." + name + "/v1.*?)```").FindSubmatch(page)
		if shown == nil {
			t.Fatalf("%s shows no tlsready.%s/v1", guide, name)
		}
		var file any
		if err := yaml.Unmarshal(shown[1], &file); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		held(t, name, text)
	}
}

// Proves that what a webhook is told fits its schema.
func TestNoticeFits(t *testing.T) {
	days := 7
	text, err := json.Marshal(document.Notice{
		Schema: document.NoticeSchema, ID: "1", Event: "deadline", At: time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC), Tenant: "default",
		Series: document.Series{Service: "azure-backup"}, Deadline: "2026-12-06", DaysLeft: &days, Failing: 2, Verdicts: map[string]int{"fails": 2},
		Hosts: []document.NoticeHost{{Host: "acme/FS01", Since: "2026-11-28", Cause: "no-common-version", Owner: "backup-team"}}, Text: "2 hosts fail",
	})
	if err != nil {
		t.Fatal(err)
	}
	held(t, "notice", text)
}

// Proves that the request of docs/webhooks.md and its translation fits the schema, and that
// its signature is what the page has receivers make of it.
func TestWebhookPage(t *testing.T) {
	for _, page := range []string{"../webhooks.md", "../webhooks.ja.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		part := regexp.MustCompile("(?s)Tlsready-Signature: t=([0-9]+),v1=([0-9a-f]{64})\nContent-Length: ([0-9]+)\n\n([^\n]*)\n```").FindSubmatch(text)
		if part == nil {
			t.Fatalf("%s shows no request", page)
		}
		held(t, "notice", part[4])
		mac := hmac.New(sha256.New, []byte("0123456789abcdef"))
		mac.Write(slices.Concat(part[1], []byte("."), part[4]))
		if hex.EncodeToString(mac.Sum(nil)) != string(part[2]) || strconv.Itoa(len(part[4])) != string(part[3]) {
			t.Errorf("%s: the signature or the length is another one", page)
		}
	}
}

func held(t *testing.T, name string, text []byte) {
	t.Helper()
	schema := schemaOf(t, name)
	if err := schema.Validate(decode(t, text)); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	for what, broken := range breakages(t, text) {
		if schema.Validate(broken) == nil {
			t.Errorf("%s, %s: accepted", name, what)
		}
	}
}
