package access

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Proves that a password at the real cost is known again, and that what was kept says how
// it was made.
func TestRealCost(t *testing.T) {
	t.Parallel()
	p := NewPasswords(Strong())
	kept, err := p.Hash(t.Context(), "correct horse battery")
	if err != nil || !strings.HasPrefix(kept, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Fatalf("%s %v", kept, err)
	}
	if ok, err := p.Check(t.Context(), kept, "correct horse battery"); !ok || err != nil {
		t.Errorf("not known again: %v", err)
	}
	if p.Old(kept) || !NewPasswords(Cost{1, 64, 1}).Old(kept) {
		t.Error("another cost is not seen")
	}
}

// Proves that what is no hash of ours lets nobody in, takes no memory, and still takes the
// time of a hash.
func TestForeignHashes(t *testing.T) {
	t.Parallel()
	p := NewPasswords(Cost{1, 64, 1})
	good, err := p.Hash(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{
		"", "x", strings.Replace(good, "m=64", "m=4294967295", 1), strings.Replace(good, "t=1", "t=4294967295", 1), strings.Replace(good, "p=1", "p=0", 1),
		strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1), good + "$x", good[:len(good)-4], "$argon2id$v=19$m=64,t=1,p=1$$",
	} {
		if ok, err := p.Check(t.Context(), kept, "x"); ok || err != nil {
			t.Errorf("%q: %v %v", kept, ok, err)
		}
	}
}

// Proves that a flood of passwords is turned away before it takes memory, and that a known
// browser waits beside it for its turn.
func TestFlood(t *testing.T) {
	t.Parallel()
	p := NewPasswords(Cost{1, 64, 1})
	for range hashesAtOnce { // all slots are taken
		p.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	for range hashesAtOnce + hashesWaiting {
		go func() {
			_, err := p.Hash(ctx, "x")
			ended <- err
		}()
	}
	for deadline := time.Now().Add(time.Minute); len(p.queue) < cap(p.queue) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if _, err := p.Hash(t.Context(), "x"); !errors.Is(err, errBusy) {
		t.Errorf("one too many: %v", err)
	}
	known := make(chan error, 1)
	go func() {
		_, err := p.patient().Hash(t.Context(), "x")
		known <- err
	}()
	cancel()
	for range hashesAtOnce + hashesWaiting {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("one who waited: %v", err)
		}
	}
	select {
	case err := <-known:
		t.Errorf("a known browser did not wait: %v", err)
	default:
	}
	for range hashesAtOnce {
		<-p.slots
	}
	if err := <-known; err != nil {
		t.Errorf("a known browser: %v", err)
	}
}

// Proves which names and passwords are taken.
func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"alice": "alice", "Alice": "alice", "ＡＬＩＣＥ": "alice", "山田": "山田", "a.b-c_d@example.com": "a.b-c_d@example.com",
		"": "", "a b": "", "a#b": "", "a\x00": "", "a\u202eb": "", strings.Repeat("a", 101): "", "a\n": "a",
	} {
		if got, err := UserName(name); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v", name, got, err)
		}
	}
	for password, ok := range map[string]bool{
		"correct horse battery": true, "短い": false, "つながりのない単語を四つ並べたもの": true, "aaaaaaaaaaaaaaaaaaaa": false, "alice alice 12345": false, "fourteen chars": false, strings.Repeat("abcdefgh", 200): false,
	} {
		if err := CheckPassword("alice@example.com", password); (err == nil) != ok {
			t.Errorf("%q: %v", password, err)
		}
	}
}

// Proves that a limiter remembers a bounded number, and keeps the ones at their end longest.
func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := newLimiter(limit{time.Minute, 2}, func() time.Time { return now })
	for range 2 {
		l.allow("attacked")
	}
	for i := range 2 * maxKeys {
		l.allow(strconv.Itoa(i))
	}
	if len(l.keys) > maxKeys {
		t.Errorf("%d keys", len(l.keys))
	}
	if _, ok := l.allow("attacked"); ok {
		t.Error("what was at its end is forgotten before others")
	}
}

// Proves that a forwarded address counts from a trusted proxy alone, and that the rightmost
// that is none counts: what stands left of it anybody can write.
func TestSource(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for _, tc := range []struct{ remote, forwarded, want string }{
		{"198.51.100.1:1", "203.0.113.9", "198.51.100.1"},
		{"192.0.2.1:1", "203.0.113.9", "203.0.113.9"},
		{"192.0.2.1:1", "10.0.0.1, 203.0.113.9", "203.0.113.9"},
		{"192.0.2.1:1", "203.0.113.9, 192.0.2.7", "203.0.113.9"},
		{"192.0.2.1:1", "", "192.0.2.1"},
		{"192.0.2.1:1", "unknown", "192.0.2.1"},
		{"192.0.2.1:1", "203.0.113.9:4711", "203.0.113.9"},
		{"[::ffff:192.0.2.1]:1", "[2001:db8::1]", "2001:db8::1"},
		{"pipe", "203.0.113.9", "0.0.0.0"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tc.remote
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		if got := source(r, trusted).String(); got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
	}
	if block(netip.MustParseAddr("2001:db8::1")) != block(netip.MustParseAddr("2001:db8::2")) || block(netip.MustParseAddr("192.0.2.1")) == block(netip.MustParseAddr("192.0.2.2")) {
		t.Error("addresses are not counted by what one machine has")
	}
}
