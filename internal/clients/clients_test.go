package clients

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/fingerprint"
	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/stack"
	"tlsready/internal/wire"
)

// monday is a Monday, 09:30 UTC.
var monday = time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)

func demand(versions ...tlsready.Version) Demand {
	a := tlsready.Acceptance{Versions: tlsready.Only(versions...)}
	return Demand{Service: document.Service{ID: "tls12", Accepts: document.Accept(a)}, On: "2026-11-28", Accepts: a}
}

func modern() Demand { return demand(tlsready.TLS12, tlsready.TLS13) }

func judgeFor(t testing.TB, d Demand) *Judge {
	t.Helper()
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	table, err := fingerprint.NewTable(model)
	if err != nil {
		t.Fatal(err)
	}
	remedies, err := NewRemedies(model, d)
	if err != nil {
		t.Fatal(err)
	}
	return NewJudge(d, table, remedies)
}

// hello is a hello up to a version, as Schannel writes it.
func hello(t testing.TB, suites []tlsready.Suite, versions ...tlsready.Version) *observe.Hello {
	t.Helper()
	o := tlsready.Offer{Exact: true}
	for _, v := range versions {
		o.Versions = append(o.Versions, tlsready.OfferedVersion{Version: v})
	}
	for _, s := range suites {
		o.Suites = append(o.Suites, tlsready.OfferedSuite{Suite: s})
	}
	o.Groups = []tlsready.OfferedGroup{{Group: 23}}
	h, err := wire.FromOffer(o, wire.HelloOptions{Random: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return &observe.Hello{ClientHello: h, Records: 1}
}

// What clients offer and agree on in these tests.
const (
	rsaCBC   = tlsready.Suite(0x002f) // TLS_RSA_WITH_AES_128_CBC_SHA
	ecdheGCM = tlsready.Suite(0xc02f) // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
	aes13    = tlsready.Suite(0x1301)
)

func seen(client string, at time.Time, version tlsready.Version) observe.Connection {
	c := observe.Connection{
		Source: "a.log", Line: 1, Format: "nginx", Transport: observe.TCP, Time: at,
		Client: netip.MustParseAddrPort(client), Server: netip.MustParseAddrPort("198.51.100.9:443"), ServerName: "www.example.com",
	}
	if version != 0 {
		c.Negotiated = &observe.Negotiated{Version: version}
	}
	return c
}

func with(c observe.Connection, change func(*observe.Connection)) observe.Connection {
	change(&c)
	return c
}

// Proves what is said of a connection by itself: the offer decides where it was seen, and a
// log alone never gives a yes but for what was agreed on.
func TestConnection(t *testing.T) {
	old, both := hello(t, []tlsready.Suite{rsaCBC}, tlsready.TLS10), hello(t, []tlsready.Suite{ecdheGCM, rsaCBC}, tlsready.TLS12, tlsready.TLS11, tlsready.TLS10)
	all := hello(t, []tlsready.Suite{aes13, ecdheGCM, rsaCBC}, tlsready.TLS13, tlsready.TLS12)
	weak := hello(t, []tlsready.Suite{rsaCBC}, tlsready.TLS12)
	strict := modern()
	strict.Accepts.Suites = tlsready.Only(ecdheGCM, aes13)
	refused := &observe.Alert{Alert: wire.Alert{Level: wire.Fatal, Description: wire.ProtocolVersion}, FromServer: true}
	for _, c := range []struct {
		name               string
		demand             Demand
		make               func(*observe.Connection)
		survives           tlsready.Answer
		finding, why       string
		old, open, offered bool
	}{
		{"old hello", modern(), func(c *observe.Connection) { c.Hello = old; c.Negotiated.Version = tlsready.TLS10 }, tlsready.No, document.FindingCannot, "probe.why.version", true, false, true},
		{"kept down", modern(), func(c *observe.Connection) { c.Hello = both; c.Negotiated.Version = tlsready.TLS10 }, tlsready.Yes, document.FindingKeptDown, "clients.why.kept-down", false, false, true},
		{"could do better", modern(), func(c *observe.Connection) { c.Hello = all }, tlsready.Yes, document.FindingBetter, "clients.why.better", false, false, true},
		{"fine", modern(), func(c *observe.Connection) { c.Hello = all; c.Negotiated.Version = tlsready.TLS13 }, tlsready.Yes, "", "probe.why.connects-group", false, false, true},
		{"right version, no suite", strict, func(c *observe.Connection) { c.Hello = weak; c.Negotiated = nil }, tlsready.No, document.FindingCannot, "probe.why.suite", true, false, true},
		{"rejected", modern(), func(c *observe.Connection) { c.Hello = old; c.Negotiated, c.Alert = nil, refused }, tlsready.No, document.FindingRejected, "probe.why.version", true, false, true},
		{"log of an old version", modern(), func(c *observe.Connection) { c.Negotiated.Version = tlsready.TLS11 }, tlsready.Unknown, "", "clients.why.log-old", true, true, false},
		{"log of a good one", modern(), func(*observe.Connection) {}, tlsready.Yes, "", "clients.why.negotiated", false, false, false},
		{"log of a good one, suite not known", strict, func(*observe.Connection) {}, tlsready.Unknown, "", "clients.why.log-parts", false, false, false},
		{"log of a good suite", strict, func(c *observe.Connection) { c.Negotiated.Suite, c.Negotiated.HasSuite = ecdheGCM, true }, tlsready.Yes, "", "clients.why.negotiated", false, false, false},
		{"log of a refusal by version", modern(), func(c *observe.Connection) { c.Negotiated, c.Alert = nil, refused }, tlsready.Unknown, document.FindingRejected, "clients.why.log-refused", true, true, false},
		{"log of another failure", modern(), func(c *observe.Connection) { c.Negotiated, c.Refused = nil, true }, tlsready.Unknown, "", "clients.why.log-failed", false, false, false},
		{"log that states the offer", modern(), func(c *observe.Connection) {
			c.Negotiated.Version, c.Offered = tlsready.TLS10, &observe.Offered{Max: tlsready.TLS12}
		}, tlsready.Yes, document.FindingKeptDown, "clients.why.kept-down", false, false, true},
		{"log that states an old offer", modern(), func(c *observe.Connection) {
			c.Negotiated.Version, c.Offered = tlsready.TLS10, &observe.Offered{Versions: []tlsready.Version{tlsready.TLS10}}
		}, tlsready.No, document.FindingCannot, "probe.why.version", true, false, true},
		{"log that states a version, and suites are asked", strict, func(c *observe.Connection) {
			c.Negotiated, c.Offered = nil, &observe.Offered{Max: tlsready.TLS12}
		}, tlsready.Unknown, "", "clients.why.log-offers-part", false, false, true},
		{"QUIC", modern(), func(c *observe.Connection) { c.Negotiated, c.Transport = nil, observe.QUIC }, tlsready.Yes, "", "clients.why.quic", false, false, false},
		{"nothing", modern(), func(c *observe.Connection) { c.Negotiated = nil }, tlsready.Unknown, "", "clients.why.nothing", false, false, false},
	} {
		got := judgeFor(t, c.demand).Connection(with(seen("192.0.2.7:49301", monday, tlsready.TLS12), c.make))
		if got.Survives != c.survives || got.Finding != c.finding || got.Why.ID != c.why || got.Old != c.old || got.Open != c.open || (got.Offered != nil) != c.offered {
			t.Errorf("%s: survives %v, finding %q, why %s, old %v, open %v, offered %v", c.name, got.Survives, got.Finding, got.Why.ID, got.Old, got.Open, got.Offered)
		}
	}
}

// Proves that a hello of Windows gets the settings that the model would make, that one
// that nothing knows gets a way to find out, and that who survives gets none.
func TestRemedy(t *testing.T) {
	judge := judgeFor(t, modern())
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	remedies, err := NewRemedies(model, modern())
	if err != nil {
		t.Fatal(err)
	}
	text := message.English(remedies.ForMatch(fingerprint.Match{Stack: "windows-7/schannel", Systems: []string{"windows-7"}, Remedy: fingerprint.WindowsSetting}))
	if !strings.Contains(text, `Protocols\TLS 1.2\Client DisabledByDefault=0`) || !strings.Contains(text, "Windows 7") {
		t.Errorf("windows-7: %s", text)
	}
	odd := judge.Connection(with(seen("192.0.2.7:1", monday, tlsready.TLS10), func(c *observe.Connection) { c.Hello = hello(t, []tlsready.Suite{0x009e, rsaCBC}, tlsready.TLS10) }))
	if odd.Stack.ID != "" || odd.Remedy.ID != "clients.remedy.ask-hello" {
		t.Errorf("unknown: stack %q, remedy %s", odd.Stack.ID, odd.Remedy.ID)
	}
	for agent, want := range map[string]string{
		"Java/1.6.0_45": "clients.remedy.java-6", "Java/1.7.0_80": "clients.remedy.java-7", "curl/7.29.0": "clients.remedy.library",
		"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)":              "fingerprint.remedy.windows-replace",
		"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)":              "clients.remedy.registry",
		"Mozilla/4.0 (compatible; Win32; WinHttp.WinHttpRequest.5)":                    "clients.remedy.windows-program",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/130 Safari": "clients.remedy.ask", "": "clients.remedy.ask",
	} {
		got := judge.Connection(with(seen("192.0.2.7:1", monday, tlsready.TLS10), func(c *observe.Connection) { c.Identity.UserAgent = agent }))
		if got.Remedy.ID != want {
			t.Errorf("%q: %s, want %s", agent, got.Remedy.ID, want)
		}
	}
	if fine := judge.Connection(seen("192.0.2.7:1", monday, tlsready.TLS13)); !fine.Remedy.IsZero() {
		t.Errorf("who survives is told %s", fine.Remedy.ID)
	}
}

// sumOf sums connections up, in their order.
func sumOf(t testing.TB, owners *Owners, list []observe.Connection) *document.Watch {
	t.Helper()
	if owners == nil {
		owners = NewOwners("", nil)
	}
	known, judge := NewKnown(modern()), judgeFor(t, modern())
	s := NewSum(modern(), owners, known)
	for _, c := range list {
		known.Learn(&c)
		s.Saw(&c)
		j := judge.Connection(c)
		j.Owner = owners.Of(&c)
		s.Add(&j)
	}
	return s.Result()
}

func hours(n int) time.Time { return monday.Add(time.Duration(n) * time.Hour) }

// Proves to which class each client comes: from logs alone who is probably cut off, and
// only where the server gave others more; who has since come with enough; and that one
// who goes on coming with both is not taken for mended.
func TestClasses(t *testing.T) {
	other := seen("192.0.2.99:1", monday, tlsready.TLS12)
	elsewhere := func(c observe.Connection) observe.Connection {
		c.Server = netip.MustParseAddrPort("198.51.100.77:443")
		return c
	}
	old := hello(t, []tlsready.Suite{rsaCBC}, tlsready.TLS10)
	newer := hello(t, []tlsready.Suite{ecdheGCM, rsaCBC}, tlsready.TLS12)
	byHello := func(h *observe.Hello, at int) observe.Connection {
		return with(seen("192.0.2.7:1", hours(at), h.Max()), func(c *observe.Connection) { c.Hello = h })
	}
	for _, c := range []struct {
		name  string
		list  []observe.Connection
		class string
	}{
		{"log, and others got more", []observe.Connection{seen("192.0.2.7:1", monday, tlsready.TLS10), other}, document.ClassLikely},
		{"log, and nobody got more", []observe.Connection{seen("192.0.2.7:1", monday, tlsready.TLS10)}, document.ClassUnknown},
		{"log, and others got more elsewhere", []observe.Connection{seen("192.0.2.7:1", monday, tlsready.TLS10), elsewhere(other)}, document.ClassUnknown},
		{"log, and others got more a week later", []observe.Connection{seen("192.0.2.7:1", hours(-7*24), tlsready.TLS10), other}, document.ClassUnknown},
		{"log, and others got more the day before", []observe.Connection{seen("192.0.2.7:1", hours(24), tlsready.TLS10), other}, document.ClassLikely},
		{"log, proven", []observe.Connection{seen("192.0.2.7:1", monday, tlsready.TLS10), seen("192.0.2.7:2", hours(30), tlsready.TLS12), other}, document.ClassProven},
		{"log, both in turn", []observe.Connection{seen("192.0.2.7:1", monday, tlsready.TLS10), seen("192.0.2.7:2", hours(1), tlsready.TLS12), seen("192.0.2.7:1", hours(2), tlsready.TLS10), other}, document.ClassLikely},
		{"log, it alone got more there", []observe.Connection{seen("192.0.2.7:1", hours(2), tlsready.TLS10), seen("192.0.2.7:2", monday, tlsready.TLS12)}, document.ClassUnknown},
		{"hello", []observe.Connection{byHello(old, 0)}, document.ClassCannot},
		{"hello and a log's lines of the same client", []observe.Connection{byHello(old, 0), seen("192.0.2.7:9", monday, tlsready.TLS10)}, document.ClassCannot},
		{"hello, and later another stack", []observe.Connection{byHello(old, 0), byHello(newer, 30)}, document.ClassCannot},
	} {
		w := sumOf(t, nil, c.list)
		at := slices.IndexFunc(w.Clients, func(one document.WatchClient) bool { return one.Client == "192.0.2.7" })
		if at < 0 || w.Clients[at].Class != c.class {
			t.Errorf("%s: %+v", c.name, w.Clients)
		}
	}
}

// crowd is connections of many kinds, by chance but always the same.
func crowd(t testing.TB, n int) []observe.Connection {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // always the same
	hellos := []*observe.Hello{
		nil, nil, hello(t, []tlsready.Suite{rsaCBC}, tlsready.TLS10), hello(t, []tlsready.Suite{rsaCBC}, tlsready.TLS12),
		hello(t, []tlsready.Suite{aes13, ecdheGCM}, tlsready.TLS13, tlsready.TLS12), hello(t, []tlsready.Suite{ecdheGCM, rsaCBC}, tlsready.TLS12, tlsready.TLS11),
	}
	agents := []string{"", "", "Java/1.7.0_80", "curl/8.0", "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)"}
	versions := []tlsready.Version{0, tlsready.TLS10, tlsready.TLS11, tlsready.TLS12, tlsready.TLS12, tlsready.TLS13}
	var list []observe.Connection
	for i := range n {
		c := seen("192.0.2.1:1", monday.Add(time.Duration(r.IntN(20*24*60))*time.Minute), versions[r.IntN(len(versions))])
		c.Client = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(r.IntN(40))}), uint16(1024+i))
		c.Server = netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(r.IntN(4))}), 443)
		c.Identity.UserAgent = agents[r.IntN(len(agents))]
		if c.Hello = hellos[r.IntN(len(hellos))]; c.Hello != nil {
			c.Source, c.Format = "edge.pcap", "pcap"
			c.Identity.UserAgent = ""
		}
		if r.IntN(20) == 0 {
			c.Time = time.Time{}
		}
		list = append(list, c)
	}
	return list
}

// Proves that the sum does not depend on the order in which connections came.
func TestOrderDoesNotMatter(t *testing.T) {
	list := crowd(t, 3000)
	owners := NewOwners("", []OwnerRule{
		{Range: netip.MustParsePrefix("192.0.2.0/28"), Owner: Owner{"Example Ltd", "it@example.com"}},
		{Range: netip.MustParsePrefix("192.0.2.8/29"), Owner: Owner{"Example KK", ""}},
		{SNI: "nobody.example.com", Owner: Owner{"Absent", ""}},
	})
	want := sumOf(t, owners, list)
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 9)) //nolint:gosec // always the same
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		got := sumOf(t, owners, list)
		for i := range want.Clients {
			if i >= len(got.Clients) || !reflect.DeepEqual(got.Clients[i], want.Clients[i]) {
				t.Fatalf("another order gives another client:\n%+v\n%+v", got.Clients[min(i, len(got.Clients)-1)], want.Clients[i])
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("another order gives another sum:\n%+v\n%+v", got.Summary, want.Summary)
		}
	}
}

// Proves that what one source has of a machine's name and another of its address is one
// client where a third gives both, with the domain or without it, and stays two where
// another machine can be meant.
func TestNamesAndAddresses(t *testing.T) {
	named := func(name string) observe.Connection {
		return with(seen("192.0.2.7:1", monday, tlsready.TLS10), func(c *observe.Connection) { c.Client, c.ClientName = netip.AddrPort{}, name })
	}
	both := func(address, name string) observe.Connection {
		return with(seen(address, monday, tlsready.TLS10), func(c *observe.Connection) { c.ClientName = name })
	}
	for name, c := range map[string]struct {
		list []observe.Connection
		want int
	}{
		"the same name":              {[]observe.Connection{both("192.0.2.7:1", "FS01"), named("fs01")}, 1},
		"the event with its domain":  {[]observe.Connection{both("192.0.2.7:1", "FS01"), named("fs01.example.com")}, 1},
		"the event without":          {[]observe.Connection{both("192.0.2.7:1", "fs01.example.com"), named("FS01")}, 1},
		"two domains":                {[]observe.Connection{both("192.0.2.7:1", "FS01"), named("fs01.example.com"), named("fs01.example.net")}, 3},
		"another domain":             {[]observe.Connection{both("192.0.2.7:1", "fs01.example.net"), named("fs01.example.com")}, 2},
		"two machines, one is meant": {[]observe.Connection{both("192.0.2.7:1", "fs01.example.net"), both("192.0.2.8:1", "fs01.example.com"), named("fs01")}, 3},
		"two addresses":              {[]observe.Connection{both("192.0.2.7:1", "FS01"), both("192.0.2.8:1", "FS01"), named("fs01.example.com")}, 3},
		"another name":               {[]observe.Connection{both("192.0.2.7:1", "FS01"), named("fs011")}, 2},
	} {
		if got := sumOf(t, nil, c.list); len(got.Clients) != c.want {
			t.Errorf("%s: %d clients, want %d: %+v", name, len(got.Clients), c.want, got.Clients)
		}
	}
}

// Proves that the parts of --shard are the whole: every client is in one of them, with
// what is said of it in a run over everything.
func TestShardsMakeTheWhole(t *testing.T) {
	list := crowd(t, 2000)
	whole := sumOf(t, nil, list)
	var parts []document.WatchClient
	known := NewKnown(modern())
	for _, c := range list {
		known.Learn(&c)
	}
	const of = 3
	connections := 0
	for n := 1; n <= of; n++ {
		s, judge := NewSum(modern(), NewOwners("", nil), known), judgeFor(t, modern())
		for _, c := range list {
			if s.Saw(&c); (Shard{n, of}).Has(&c) {
				j := judge.Connection(c)
				s.Add(&j)
			}
		}
		w := s.Result()
		if len(w.Clients) == 0 || len(w.Clients) == len(whole.Clients) {
			t.Errorf("part %d has %d of %d clients", n, len(w.Clients), len(whole.Clients))
		}
		if !reflect.DeepEqual(w.Coverage, whole.Coverage) {
			t.Errorf("part %d covers %+v, the whole %+v", n, w.Coverage, whole.Coverage)
		}
		parts, connections = append(parts, w.Clients...), connections+w.Summary.Connections
	}
	slices.SortFunc(parts, compareClients)
	if connections != whole.Summary.Connections || !reflect.DeepEqual(parts, whole.Clients) {
		t.Errorf("the parts have %d connections and %d clients, the whole %d and %d, or they differ", connections, len(parts), whole.Summary.Connections, len(whole.Clients))
	}
}

// Proves, over many kinds of connections, that nothing survives by a log alone unless what
// was agreed on is itself enough, and that a client with an offer that cannot do it is
// never said to survive.
func TestNoFalseYes(t *testing.T) {
	judge := judgeFor(t, modern())
	yes := 0
	for _, c := range crowd(t, 5000) {
		j := judge.Connection(c)
		if j.Survives != tlsready.Yes {
			continue
		}
		yes++
		if c.Hello == nil && (c.Negotiated == nil || c.Negotiated.Version.Rank() < tlsready.TLS12.Rank()) {
			t.Fatalf("a log of %+v survives", c.Negotiated)
		}
		if c.Hello != nil && c.Hello.Max().Rank() < tlsready.TLS12.Rank() && (c.Negotiated == nil || c.Negotiated.Version.Rank() < tlsready.TLS12.Rank()) {
			t.Fatalf("a hello up to %v survives", c.Hello.Max())
		}
	}
	if yes == 0 {
		t.Error("nobody survived")
	}
}

// Proves that nothing that pseudonyms cover is left in what goes out, that the same thing
// gets the same name with the same key, and another with another.
func TestPseudonyms(t *testing.T) {
	c := with(seen("192.0.2.7:49301", monday, tlsready.TLS10), func(c *observe.Connection) {
		c.ClientName, c.ServerHost, c.Via = "fs01.example.com", "lb01.example.com", netip.MustParseAddr("198.51.100.200")
		c.Source = "/logs/acme/a.log"
		c.Identity = observe.Identity{Principal: "user/taro", Account: "acct-4711", ClientCertificate: "CN=taro", ServerCertificate: "CN=www", Process: `C:\Users\taro\app.exe`}
	})
	owners := NewOwners("", []OwnerRule{{Range: netip.MustParsePrefix("192.0.2.0/24"), Owner: Owner{"Example Ltd", "it@example.com"}}})
	known := NewKnown(modern())
	text := func(key string) string {
		p, s := NewPseudonyms([]byte(key)), NewSum(modern(), owners, known)
		j := judgeFor(t, modern()).Connection(c)
		j.Owner = owners.Of(&c)
		s.Add(&j)
		line, sum := j.Document(known), s.Result()
		sum.Coverage.Sources = []document.WatchSource{{Source: c.Source, Losses: []document.WatchLoss{{Example: "192.0.2.7 taro"}}}}
		p.Connection(line)
		p.Watch(sum)
		data, err := json.Marshal([]any{line, sum})
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	one := text("0123456789abcdef")
	for _, secret := range []string{"192.0.2.7", "198.51.100", "fs01", "lb01", "www", "taro", "4711", "Example", "it@", "/logs", "acme"} {
		if strings.Contains(one, secret) {
			t.Errorf("%q is left in %s", secret, one)
		}
	}
	if one != text("0123456789abcdef") || one == text("another key of 16") {
		t.Error("the names do not hang on the key")
	}
	if client := NewPseudonyms([]byte("0123456789abcdef")).address("192.0.2.7:49301"); strings.Count(one, strings.TrimSuffix(client, ":49301")) != 2 || !strings.HasSuffix(client, ":49301") {
		t.Errorf("%s should be in line and sum: %s", client, one)
	}
}
