package gather_test

import (
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/source/gather"
)

const (
	schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	internet = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings`
)

// Proves what is covered by which answers: a tree, a key alone, names of keys, and
// what was lost, whose neighbours stay covered.
func TestCoverage(t *testing.T) {
	for _, c := range []struct {
		name             string
		say              func(*gather.Coverage)
		covered, shallow []string
	}{
		{"nothing", func(*gather.Coverage) {}, nil, nil},
		{"a tree", func(c *gather.Coverage) { c.Tree(schannel); c.Tree(strings.ToLower(schannel) + `\Ciphers`) }, []string{schannel}, nil},
		{"own values", func(c *gather.Coverage) { c.Own(internet) }, nil, []string{internet}},
		{"a tree below own values", func(c *gather.Coverage) { c.Own(internet); c.Tree(internet + `\WinHttp`) }, []string{internet + `\WinHttp`}, []string{internet}},
		{
			"lost below own values", func(c *gather.Coverage) { c.Own(internet); c.Lost(internet + `\WinHttp`) },
			nil,
			[]string{internet},
		},
		{"walked", func(c *gather.Coverage) {
			c.Own(`HKLM\A`)
			c.Subkeys(`HKLM\A`, []string{"b"})
			c.Own(`HKLM\A\B`)
			c.Subkeys(`HKLM\A\B`, nil)
		}, []string{`HKLM\A`}, nil},
		{"walked, but for a key", func(c *gather.Coverage) {
			c.Own(`HKLM\A`)
			c.Subkeys(`HKLM\A`, []string{"b", "c", "d"})
			for _, key := range []string{`HKLM\A\b`, `HKLM\A\d`} {
				c.Own(key)
				c.Subkeys(key, nil)
			}
			c.Lost(`HKLM\A\c`)
		}, []string{`HKLM\A\b`, `HKLM\A\d`}, []string{`HKLM\A`}},
		{"not listed", func(c *gather.Coverage) { c.Own(`HKLM\A`); c.Subkeys(`HKLM\A`, []string{"b"}); c.Own(`HKLM\A\b`) }, nil, []string{`HKLM\A`, `HKLM\A\b`}},
		{
			"gone where it would matter", func(c *gather.Coverage) { c.Tree(schannel); c.Lost(schannel + `\Protocols\TLS 1.2\Client`) },
			[]string{schannel + `\Ciphers`, schannel + `\Hashes`, schannel + `\Protocols\TLS 1.2\Server`},
			[]string{schannel, schannel + `\Protocols`, schannel + `\Protocols\TLS 1.2`},
		},
		{
			"seen beside a hole", func(c *gather.Coverage) { c.Tree(`HKLM\A`); c.Lost(`HKLM\A\b`); c.Seen(`HKLM\A\c\d`) },
			[]string{`HKLM\A\c`},
			[]string{`HKLM\A`},
		},
		{"all lost", func(c *gather.Coverage) { c.Tree(`HKLM\A`); c.Lost(`HKLM\A`); c.Own(`HKLM\A`); c.Tree(`HKLM\A\b`) }, nil, nil},
		{"lost above", func(c *gather.Coverage) { c.Tree(`HKLM\A\b`); c.Lost(`HKLM\A`) }, nil, nil},
		{"gone", func(c *gather.Coverage) { c.Gone(`HKLM\A`) }, []string{`HKLM\A`}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var cov gather.Coverage
			c.say(&cov)
			covered, shallow := cov.Result()
			for _, key := range c.covered {
				if !slices.Contains(covered, key) {
					t.Errorf("%s is not covered", key)
				}
			}
			if !slices.Equal(shallow, c.shallow) {
				t.Errorf("shallow %q, want %q", shallow, c.shallow)
			}
			if !strings.HasPrefix(c.name, "gone where") && len(covered) != len(c.covered) {
				t.Errorf("covered %q, want %q", covered, c.covered)
			}
		})
	}
}

// FuzzCoverage proves the one law: whatever was said, nothing that was lost, or
// that lies below it, is covered in any way, and every key that a result names as
// covered is whole.
func FuzzCoverage(f *testing.F) {
	f.Add([]byte("t0 o01 l01 s0 g02"))
	f.Add([]byte("\x00\x10\x21\x32\x43\x54"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c gather.Coverage
		var lost []string
		for i := 0; i+1 < len(data); i += 2 {
			key := fuzzedKey(data[i+1])
			switch data[i] % 6 {
			case 0:
				c.Tree(key)
			case 1:
				c.Own(key)
			case 2:
				c.Subkeys(key, []string{"a", "b", "TLS 1.2"}[:data[i]%4%3])
			case 3:
				c.Lost(key)
				lost = append(lost, key)
			case 4:
				c.Gone(key)
			default:
				c.Seen(key)
			}
		}
		covered, shallow := c.Result()
		view := host.NewView(&host.Snapshot{Covered: covered, Shallow: shallow})
		for _, key := range lost {
			for _, below := range []string{"", `\a`, `\Client`} {
				if view.Covers(host.NewRef(key+below, "x")) {
					t.Fatalf("%s was lost, and %q %q cover it", key+below, covered, shallow)
				}
			}
			if c.Whole(key) {
				t.Fatalf("%s was lost, and is whole", key)
			}
		}
		for _, key := range covered {
			if !c.Whole(key) {
				t.Fatalf("%s is covered and not whole", key)
			}
			if slices.ContainsFunc(covered, func(o string) bool { return o != key && host.Under(key, o) }) {
				t.Fatalf("%q: %s stands there twice", covered, key)
			}
		}
	})
}

// fuzzedKey is one of a few keys that lie below each other.
func fuzzedKey(b byte) string {
	key := `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL`
	for _, part := range []string{"Protocols", "TLS 1.2", "Client"}[:b%4] {
		key += `\` + part
	}
	if b&8 != 0 {
		key += `\` + string('a'+rune(b>>4)%3)
	}
	return key
}
