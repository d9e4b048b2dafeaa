package service_test

import (
	"strings"
	"testing"

	"tlsready/internal/service"
)

// TestLinksAreWebPages proves that a source of a profile cannot become a link that does
// something: only addresses of web pages are accepted.
func TestLinksAreWebPages(t *testing.T) {
	for link, ok := range map[string]bool{
		"https://example.com/tls": true, "http://example.com": true, "our own announcement": true,
		"javascript:alert(1)": false, " JavaScript:alert(1)": false, "data:text/html,x": false, "file:///etc/passwd": false,
	} {
		for _, place := range []string{
			"citations: [{url: " + quoted(link) + ", says: x}]",
			"documented: [{settings: [], citation: " + quoted(link) + "}]",
		} {
			_, err := service.Parse([]byte("schema: tlsready.service/v1\nid: x\nphases: [{from: 2020-01-01, accepts: {}}]\n" + place + "\n"))
			if (err == nil) != ok {
				t.Errorf("%s: %v", place, err)
			}
		}
	}
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }
