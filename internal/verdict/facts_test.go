package verdict_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/hostgen"
	"tlsready/internal/verdict"
)

// TestFewerFactsPromiseNoMore proves over generated hosts that a verdict of connects,
// given with fewer facts, is never a verdict of fails once the rest is known; what the
// verdict assumes (a .NET Framework with its updates) it says.
func TestFewerFactsPromiseNoMore(t *testing.T) {
	m, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	j := &verdict.Judge{Model: m}
	accepts := suites(t, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA")
	accepts.Groups = tlsready.Only(tlsready.Secp256r1, tlsready.X25519)
	accepts.SignatureAlgorithms = tlsready.Only(tlsready.RSAPKCS1SHA256)
	d := verdict.Demand{Service: "facts", Phases: []verdict.Phase{{From: "2021-09-01", Accepts: accepts}}}
	g, random := hostgen.New(11), rand.New(rand.NewPCG(11, 2))
	promised := 0
	for i := range 1000 {
		whole := withInbox(g.Next())
		for _, c := range []string{"schannel", "winhttp-x86", "wininet", "dotnet-4.5-x64", "dotnet-4.7.2-x64", "dotnet-3.5-x64", "powershell-5.1-x64", "wcf-tcp-4.7", "dotnet-4.7.2-x64:tls1.2"} {
			who, _, err := caller.ByID(c)
			if err != nil {
				t.Fatal(err)
			}
			part := fewer(whole, random)
			before := j.Host(host.NewView(part), []*caller.Caller{who}, d)
			if before.Verdict != verdict.Connects || slices.ContainsFunc(before.Rows[0].Warnings, func(f stack.Fired) bool { return f.Rule == "dotnet-update-assumed" }) {
				continue // what is assumed is said
			}
			promised++
			if out := j.Host(host.NewView(whole), []*caller.Caller{who}, d); out.Verdict == verdict.Fails {
				text, _ := json.MarshalIndent([]*host.Snapshot{whole, part}, "", " ")
				t.Fatalf("host %d, %s: connects without some facts, fails (%s) with them\n%s", i, c, out.Cause, text)
			}
		}
	}
	if promised == 0 {
		t.Error("nothing connected: the law was not held against anything")
	}
	t.Logf("%d promises", promised)
}

// fewer is a host of which a part was not collected.
func fewer(s *host.Snapshot, random *rand.Rand) *host.Snapshot {
	next := *s
	drop := s.Covered[random.IntN(len(s.Covered))]
	next.Covered = slices.DeleteFunc(slices.Clone(s.Covered), func(k string) bool { return k == drop || host.Under(k, drop) })
	next.Registry = slices.DeleteFunc(slices.Clone(s.Registry), func(v host.Value) bool { return host.Under(v.Key, drop) })
	if random.IntN(3) == 0 {
		next.Updates = nil
	}
	return &next
}

// withInbox gives a made host at least the .NET Framework that came with its Windows.
func withInbox(s *host.Snapshot) *host.Snapshot {
	least := uint64(0)
	for _, in := range []struct {
		build   int
		release uint64
	}{{9200, 378389}, {9600, 378675}, {10240, 393295}, {14393, 394802}, {15063, 460798}, {17763, 461814}, {18362, 528040}} {
		if s.OS.Build >= in.build {
			least = in.release
		}
	}
	for i := range s.Registry {
		if s.Registry[i].Name == "Release" && s.Registry[i].Data.Number < least {
			s.Registry[i].Data.Number = least
		}
	}
	return s
}
