package survey

import (
	"strings"
	"testing"
)

// Proves what each form of a target stands for, and what is refused.
func TestTargets(t *testing.T) {
	for word, want := range map[string]string{
		"example.com":              "example.com:443",
		"example.com.":             "example.com:443",
		"example.com:8443":         "example.com:8443",
		"192.0.2.1":                "192.0.2.1:443",
		"192.0.2.1:25":             "192.0.2.1:25",
		"2001:db8::1":              "[2001:db8::1]:443",
		"[2001:db8::1]:8443":       "[2001:db8::1]:8443",
		"https://example.com":      "example.com:443",
		"HTTPS://example.com:99/x": "example.com:99",
		"https://[2001:db8::1]/":   "[2001:db8::1]:443",
		"192.0.2.0/30":             "192.0.2.0:443 192.0.2.1:443 192.0.2.2:443 192.0.2.3:443",
		"192.0.2.7/31:25":          "192.0.2.6:25 192.0.2.7:25",
		"2001:db8::/127":           "[2001:db8::]:443 [2001:db8::1]:443",
		"[2001:db8::/127]:25":      "[2001:db8::]:25 [2001:db8::1]:25",
		"255.255.255.254/31":       "255.255.255.254:443 255.255.255.255:443",
		"*.example.com:443":        "*.example.com:443",
	} {
		spec, err := parseTarget(word, HTTPSPort)
		if err != nil {
			t.Errorf("%s: %v", word, err)
			continue
		}
		var got []string
		spec.each(func(p Target) bool { got = append(got, p.String()); return true })
		if strings.Join(got, " ") != want || len(got) != spec.count() {
			t.Errorf("%s: %v, count %d; want %s", word, got, spec.count(), want)
		}
	}
	for _, word := range []string{
		"", ":443", "example.com:", "example.com:0", "example.com:65536", "a b", "user@example.com", "10.0.0.0/8", "2001:db8::/64", "192.0.2.0/33",
		"192.0.2.0/x", "http://example.com", "ldaps://example.com", "https://", "https://exa mple.com", "[2001:db8::1", "2001:db8::1]:443", "a:b:c",
		strings.Repeat("a", 254), "192.0.2.0/24:x", "a\x00b",
	} {
		if spec, err := parseTarget(word, HTTPSPort); err == nil {
			t.Errorf("%q was taken for %v", word, spec)
		}
	}
}

// FuzzTargets proves that no text makes the reader panic, and that no word stands for
// more targets than the limit.
func FuzzTargets(f *testing.F) {
	for _, word := range []string{"example.com:443", "[::1]:1", "192.0.2.0/24:8", "https://a:1/", "::/112", "[2001:db8::/127]:25", "0.0.0.0/16"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		spec, err := parseTarget(word, HTTPSPort)
		if err != nil {
			return
		}
		n := 0
		spec.each(func(p Target) bool {
			n++
			if p.Host == "" || p.Port == 0 || strings.ContainsAny(p.Host, " \n\x00") {
				t.Fatalf("%q stands for %q", word, p)
			}
			return true
		})
		if n != spec.count() || n > maxRange {
			t.Errorf("%q: %d targets, counted %d", word, n, spec.count())
		}
	})
}
