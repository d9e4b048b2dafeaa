package proxy

import (
	"encoding/binary"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
)

// connection makes the bytes of a connection value.
func connection(flags uint32, texts ...string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0x28)
	b = binary.LittleEndian.AppendUint32(b, 7)
	b = binary.LittleEndian.AppendUint32(b, flags)
	for _, text := range texts {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
		b = append(b, text...)
	}
	return b
}

// TestParseConnection proves that what Windows writes for no proxy, for one proxy,
// for one by scheme and for a script is read, and that bytes which are cut are an
// error.
func TestParseConnection(t *testing.T) {
	direct, err := hex.DecodeString("1800000000000000010000000000000000000000") // as KB4494447 prints it
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want Settings
	}{
		"direct":            {direct, Settings{}},
		"left over":         {connection(1, "proxy.example.com:8080", ""), Settings{}},
		"one":               {connection(3, "proxy.example.com:8080", "localhost;*.example.com"), Settings{Server: "proxy.example.com:8080", Bypass: []string{"localhost", "*.example.com"}}},
		"by scheme":         {connection(3, "http=a.example.com:80;https=b.example.com:443", ""), Settings{Server: "b.example.com:443"}},
		"http alone":        {connection(3, "http=a.example.com:80", "<local>"), Settings{}},
		"script":            {append(connection(5, "", "", "http://192.0.2.1/proxy.pac"), make([]byte, 32)...), Settings{Script: "http://192.0.2.1/proxy.pac"}},
		"both":              {connection(7, "p:1", "", "http://192.0.2.1/p"), Settings{Server: "p:1", Script: "http://192.0.2.1/p"}},
		"found by itself":   {connection(9, "", "", ""), Settings{}},
		"password":          {connection(3, "http://user:secret@p.example.com:1/", ""), Settings{Server: "http://p.example.com:1"}},
		"control character": {connection(3, "p\x1b[31m:1", ""), Settings{Server: "p[31m:1"}},
	} {
		if got, err := ParseConnection(c.data); err != nil || !reflect.DeepEqual(got, c.want) && (len(got.Bypass) > 0 || len(c.want.Bypass) > 0 || got.Server != c.want.Server || got.Script != c.want.Script) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		}
	}
	whole := connection(7, "proxy:1", "<local>", "http://x/")
	for cut := range len(whole) {
		_, err := ParseConnection(whole[:cut])
		if end := len(whole) - len("http://x/") - 4; err == nil && (cut < end || cut >= end+4) {
			t.Errorf("%d of %d bytes are taken", cut, len(whole))
		}
	}
	if _, err := ParseConnection(make([]byte, MaxConnection+1)); err == nil {
		t.Error("a value without bounds is taken")
	}
}

// TestSpares proves which names a bypass list keeps from the proxy.
func TestSpares(t *testing.T) {
	s := Settings{Bypass: []string{"*.Example.com", "<local>", "fs01.example.net", "192.0.2.*", "https://*.one.example.org"}}
	for name, want := range map[string]bool{
		"a.example.com": true, "*.example.com": true, "*.b.example.com": true, "example.com": false, "fs01": true, "fs01.example.net": true,
		"fs02.example.net": false, "192.0.2.9": true, "198.51.100.1": false, "x.one.example.org": true, "*.example.net": false,
	} {
		if got := s.Spares(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if (Settings{Bypass: []string{"a*b*c"}}).Spares("acb") || !(Settings{Bypass: []string{"a*b*c"}}).Spares("a1b2c") || !(Settings{Bypass: []string{"*"}}).Spares("x.y") {
		t.Error("stars in the middle")
	}
}

// TestParseConfig proves what each form of <defaultProxy> comes to, that the
// element counts in its own place alone, and that damage is an error with its line.
func TestParseConfig(t *testing.T) {
	whole := func(inside string) string {
		return "\ufeff<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<configuration><system.net>" + inside + "</system.net></configuration>"
	}
	for text, want := range map[string]string{
		`<defaultProxy><proxy proxyaddress="http://proxy.example.com:8080" bypassonlocal="True"/></defaultProxy>`: "http://proxy.example.com:8080",
		`<defaultProxy><proxy scriptLocation="http://192.0.2.1/p.pac"/></defaultProxy>`:                           "pac:http://192.0.2.1/p.pac",
		`<defaultProxy><proxy usesystemdefault="True" proxyaddress="http://p:1"/></defaultProxy>`:                 "http://p:1",
		`<defaultProxy><proxy usesystemdefault="False"/></defaultProxy>`:                                          None,
		`<defaultProxy><proxy autoDetect="True"/></defaultProxy>`:                                                 Detect,
		`<defaultProxy enabled="false"><proxy proxyaddress="http://p:1"/></defaultProxy>`:                         None,
		`<defaultProxy useDefaultCredentials="true" />`:                                                           System,
		`<!-- <defaultProxy><proxy proxyaddress="http://p:1"/></defaultProxy> -->`:                                System,
		`<mailSettings><proxy proxyaddress="http://p:1"/></mailSettings>`:                                         System,
		``: System,
	} {
		if got, err := ParseConfig([]byte(whole(text))); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
		if !strings.HasPrefix(text, "<defaultProxy") {
			continue
		}
		if got, err := ParseConfig([]byte(text)); err != nil || got != want {
			t.Errorf("the element alone, %s: %q, %v; want %q", text, got, err, want)
		}
	}
	for _, bad := range []string{"<configuration>\n<a></b>", "<configuration><defaultProxy>", strings.Repeat("<a>", 300)} {
		if _, err := ParseConfig([]byte(bad)); err == nil {
			t.Errorf("%.40q is taken", bad)
		}
	}
	for said, want := range map[string]Settings{"pac:http://x/": {Script: "http://x/"}, "none": {}, "detect": {}, "http://p:1": {Server: "http://p:1"}} {
		if got, system := FromConfig(said); system || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %t", said, got, system)
		}
	}
	if _, system := FromConfig(System); !system {
		t.Error("the system's own settings do not count")
	}
}

// FuzzParseConnection proves that no bytes make the reader fail otherwise than
// with an error, and that what it gives can be shown.
func FuzzParseConnection(f *testing.F) {
	f.Add(connection(7, "http=a:80;https=b:443", "<local>;*.example.com", "http://192.0.2.1/p.pac"))
	f.Add(connection(3, "http://u:p@proxy:1", ""))
	f.Add([]byte{0x18, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseConnection(data)
		if err != nil && s.Set() {
			t.Errorf("settings with an error: %+v", s)
		}
		for _, text := range []string{s.Server, s.Script} {
			if text != Address(text) && Address(Address(text)) != Address(text) || strings.ContainsAny(text, "\x00\x1b\r\n") {
				t.Errorf("%q cannot be shown", text)
			}
		}
		s.Spares("a.example.com")
	})
}

// FuzzParseConfig proves the same of configurations.
func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(`<configuration><system.net><defaultProxy><proxy proxyaddress="http://p:1"/></defaultProxy></system.net></configuration>`))
	f.Add([]byte(`<defaultProxy enabled="false"/>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		said, err := ParseConfig(data)
		if (err == nil) == (said == "") || strings.ContainsAny(said, "\x00\x1b\r\n") {
			t.Errorf("%q, %v", said, err)
		}
		FromConfig(said)
	})
}
