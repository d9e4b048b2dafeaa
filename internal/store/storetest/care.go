package storetest

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

type storeSpan = store.Span[time.Time]

// prune proves that what is about people goes after its time, that what was goes after
// its, that what is stays, and that a dry run only counts.
func prune(t *testing.T, p Place) {
	db := open(t, p)
	s := tenant(t, db, "acme")
	record(t, s, everything("acme"))
	for n, mended := range []bool{false, true, false} {
		record(t, s, &store.Batch{Hosts: []store.HostResult{hostResult("acme/DC01", night(10*n), mended)}})
	}
	before := text(t, db)
	r := store.Retention{People: "2026-09-02", History: "2026-09-15"}
	dry, err := s.Prune(t.Context(), r, true)
	if err != nil || text(t, db) != before {
		t.Fatalf("a dry run changed something: %v, %v", dry, err)
	}
	wet, err := s.Prune(t.Context(), r, false)
	if err != nil || len(wet) != len(dry) {
		t.Fatalf("%v, %v", wet, err)
	}
	for table, n := range map[string]int64{"observations": 1, "owners": 1, "hosts": 2, "fixes": 1, "exemptions": 0, "probes": 1} {
		if wet[table] != n || dry[table] != n {
			t.Errorf("%s: %d were counted and %d removed, want %d", table, dry[table], wet[table], n)
		}
	}
	history, _ := s.History(t.Context(), "acme/DC01")
	if len(history) != 1 || !history[0].From.Equal(night(20)) {
		t.Errorf("the history: %v", history)
	}
	after := text(t, db)
	for _, gone := range []string{"acme.example.com", "acme@example.com", "acme/gone"} {
		if !strings.Contains(before, gone) || strings.Contains(after, gone) {
			t.Errorf("%q is still there", gone)
		}
	}
	if counts, _ := s.Count(t.Context()); counts["contents"] != 2 { // the settings, and what was judged of them
		t.Errorf("contents that nothing refers to stay: %v", counts)
	}
	if totals, err := s.Totals(t.Context(), "2026-09-15"); err != nil || len(totals) != 1 {
		t.Errorf("%+v, %v", totals, err)
	}
	if none, err := s.Prune(t.Context(), store.Retention{}, false); err != nil || text(t, db) != after {
		t.Errorf("without days something goes: %v, %v", none, err)
	}
	if _, err := s.Prune(t.Context(), store.Retention{History: "2100-01-01"}, false); err != nil {
		t.Fatal(err)
	}
	if totals, err := s.Totals(t.Context(), "2026-09-15"); err != nil || len(totals) != 0 {
		t.Errorf("a series without verdicts is still there: %+v, %v", totals, err)
	}
}

// hostile proves that no name of a host, an endpoint or a client is an obstacle.
func hostile(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	long := strings.Repeat("長", 5000)
	names := []string{"a\x00b", "a\xff\xfeb", "'; DROP TABLE hosts; --", `"$1?1@{in $2}`, long + "1", long + "2", "<script>", "\x1b[2J", "../../etc", "%_", "名前🙂", strings.Repeat("x", 1<<20)}
	for _, name := range names {
		one := hostResult("x", night(0), false)
		one.ID, one.Settings.Labels = name, map[string]string{name: name}
		endpoint := endpointResult(night(0), false, 1)
		endpoint.Endpoint.Target, endpoint.Endpoint.ServerName = name, name
		seen := observation("2026-09-01", name, 1)
		seen.ServerName, seen.Stack, seen.Owner, seen.Server = name, name, name, name
		record(t, s, &store.Batch{
			Hosts: []store.HostResult{one}, Endpoints: []store.EndpointResult{endpoint}, Observations: []store.Observation{seen},
			Owners: []store.Owner{{Kind: store.KindClient, ID: name, Owner: name, Mail: name}}, Exemptions: []store.Exemption{{Kind: store.KindHost, ID: name, Service: name, Reason: name}},
		})
		if history, err := s.History(t.Context(), name); err != nil || len(history) != 1 {
			t.Errorf("%.20q: %v, %v", name, history, err)
		}
	}
	if page, err := s.Hosts(t.Context(), "", 100); err != nil || len(page) != len(names) {
		t.Errorf("%d hosts, %v", len(page), err)
	}
	if page, err := s.Endpoints(t.Context(), store.EndpointKey{}, 100); err != nil || len(page) != len(names) {
		t.Errorf("%d endpoints, %v", len(page), err)
	}
	if got := seen(t, s, "2026-09-01", "2026-09-01"); len(got) != len(names) {
		t.Errorf("%d observations", len(got))
	}
}

// secrets proves that passwords of proxies and of the registry are not kept.
func secrets(t *testing.T, p Place) {
	s := tenant(t, open(t, p), "acme")
	one := hostResult("FS01", night(0), false)
	const secret = "correct-horse"
	one.Settings.Registry = append(
		one.Settings.Registry,
		host.Value{Key: `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`, Name: "DefaultPassword", Data: host.String(secret)},
		host.Value{Key: `HKLM\SOFTWARE\Example`, Name: "ApiKey", Data: host.Multi(secret)},
		host.Value{Key: `HKLM\SOFTWARE\Example`, Name: "Token", Data: host.Data{Type: host.Binary, Bytes: []byte(secret)}},
		host.Value{Key: `HKLM\SOFTWARE\Example`, Name: "List", Data: host.Multi("x", "https://me:"+secret+"@proxy.example.com")},
		host.Value{Key: `HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`, Name: "ProxyServer", Data: host.String("http://me:" + secret + "@proxy.example.com:8080")},
	)
	one.Settings.Proxy = &host.Proxy{MachineConfig: map[string]string{"machine.config": "http://me:" + secret + "@proxy.example.com:8080"}}
	record(t, s, &store.Batch{Hosts: []store.HostResult{one}})
	page, err := s.Latest(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := page[0].Snapshot.Encode()
	if err != nil || bytes.Contains(kept, []byte(secret)) || !bytes.Contains(kept, []byte("me:***@proxy.example.com:8080")) || !bytes.Contains(kept, []byte("DefaultPassword")) {
		t.Errorf("%v\n%s", err, kept)
	}
	if !strings.Contains(one.Settings.Proxy.MachineConfig["machine.config"], secret) {
		t.Error("the snapshot that was given is changed")
	}
}

// versions proves that a database of a newer program is refused, with both versions, and
// is not changed.
func versions(t *testing.T, p Place) {
	db := open(t, p)
	record(t, tenant(t, db, "acme"), everything("acme"))
	known, err := db.Schema(t.Context())
	if err != nil || known < 1 {
		t.Fatalf("%d, %v", known, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	p.Exec(t, "UPDATE tlsready_schema SET version = 99")
	for _, o := range []store.Options{holder, {}} {
		db, err := p.Open(t.Context(), o)
		if err == nil {
			t.Fatal("opened", db.Close())
		}
		if what, hint := message.For("en").Problem(err); !strings.Contains(what, "99") || !strings.Contains(hint, "newer") {
			t.Errorf("%s: %s", what, hint)
		}
	}
}

// fixtures are backups that earlier versions of the tables made, one for each.
//
//go:embed testdata/*.jsonl
var fixtures embed.FS

// earlier proves of every version of the tables that there was that its data are still
// there after the migrations.
func earlier(t *testing.T, p Place) {
	db := open(t, p)
	known, _ := db.Schema(t.Context())
	names, _ := fs.Glob(fixtures, "testdata/*.jsonl")
	if len(names) != known {
		t.Fatalf("%d versions, and %d backups of them", known, len(names))
	}
	for _, name := range names {
		data, err := fixtures.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Restore(t.Context(), pack(t, string(data))); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if version, _ := db.Schema(t.Context()); version != known {
			t.Errorf("%s: version %d after the migrations", name, version)
		}
		s, err := db.Tenant(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		hosts, _ := s.Hosts(t.Context(), "", 99)
		latest, _ := s.Latest(t.Context(), "", 99)
		page, _ := s.Verdicts(t.Context(), azure, "", 99)
		probes, _ := s.Endpoints(t.Context(), store.EndpointKey{}, 99)
		fixes, _ := s.Fixes(t.Context(), "")
		owners, _ := s.Owners(t.Context())
		excused, _ := s.Exemptions(t.Context())
		tags, _ := s.Tags(t.Context())
		derived(t, s, name)
		if len(hosts) != 3 || len(latest) != 2 || len(page) != 2 || len(probes) != 1 || len(fixes) != 1 || len(owners) != 1 || len(excused) != 1 || len(tags) != 4 || len(seen(t, s, "2026-09-01", "2026-09-01")) != 1 {
			t.Errorf("%s: %d hosts, %d settings, %d verdicts, %d endpoints, %d fixes", name, len(hosts), len(latest), len(page), len(probes), len(fixes))
		}
		empty(t, p, db)
	}
}

// changedColumns proves that rows of an earlier version keep their meaning where a
// migration changes what a column holds: the versions that an endpoint takes were a text
// before the fourth version, and are a number since.
func changedColumns(t *testing.T, p Place) {
	data, err := fixtures.ReadFile("testdata/v3.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, p)
	for text, want := range map[string]string{
		``: "", `,TLS 1.0,`: "TLS 1.0", `,TLS 1.2,TLS 1.3,`: "TLS 1.2 TLS 1.3", `,SSL 2.0,SSL 3.0,TLS 1.1,`: "SSL 2.0 SSL 3.0 TLS 1.1",
		`,SSL 2.0,SSL 3.0,TLS 1.0,TLS 1.1,TLS 1.2,TLS 1.3,`: "SSL 2.0 SSL 3.0 TLS 1.0 TLS 1.1 TLS 1.2 TLS 1.3",
	} {
		old := strings.Replace(string(data), `f178b5fe3699","","","~"]`, `f178b5fe3699","`+text+`","no answer","2026-10-01"]`, 1)
		if old == string(data) {
			t.Fatal("the row is not in the backup")
		}
		if _, err := db.Restore(t.Context(), pack(t, old)); err != nil {
			t.Fatal(err)
		}
		s := tenant(t, db, "acme")
		var takes []string
		for _, v := range tlsready.Versions() {
			page, err := s.FindEndpoints(t.Context(), store.EndpointQuery{Accepts: v.String(), Failed: true, ExpiresBefore: "2026-10-02"})
			if err != nil {
				t.Fatal(err)
			}
			if page.Total == 1 && len(page.Rows) == 1 {
				takes = append(takes, v.String())
			}
		}
		if got := strings.Join(takes, " "); got != want {
			t.Errorf("%q became %q", text, got)
		}
		empty(t, p, db)
	}
}

// derived proves that what is made of other tables is there after the migrations, as if
// it had been recorded by this version.
func derived(t *testing.T, s store.Store, of string) {
	t.Helper()
	hosts, err := s.FindHosts(t.Context(), store.HostQuery{Series: azure, Text: "dc01", OS: osOf(hostResult("acme/DC01", night(0), false))})
	if err != nil || hosts.Total != 1 || hosts.Rows[0].Owner != "tills" || hosts.Rows[0].ExemptUntil != "2026-12-31" || hosts.Rows[0].Standing.Since != "2026-09-01" {
		t.Errorf("%s: %+v, %v", of, hosts, err)
	}
	days, err := s.Progress(t.Context(), azure, "2026-09-01", "2026-09-01")
	if err != nil || len(days) != 1 || days[0].Verdicts["fails"] != 1 || days[0].Verdicts["connects"] != 1 {
		t.Errorf("%s: %+v, %v", of, days, err)
	}
	endpoints, err := s.FindEndpoints(t.Context(), store.EndpointQuery{Text: "WWW"})
	if err != nil || endpoints.Total != 1 {
		t.Errorf("%s: %+v, %v", of, endpoints, err)
	}
	clients, err := s.FindClients(t.Context(), store.ClientQuery{Survives: "no"})
	if err != nil || clients.Total != 1 || clients.Rows[0].LastDay != "2026-09-01" {
		t.Errorf("%s: %+v, %v", of, clients, err)
	}
}

// empty makes a database as it was at first.
func empty(t *testing.T, p Place, db store.Database) {
	t.Helper()
	var back strings.Builder
	if _, err := db.Backup(t.Context(), &back); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"tenants", "contents", "hosts", "snapshots", "outcomes", "verdicts", "probes", "observations", "fixes", "owners", "tags", "exemptions", "series", "standings", "moves", "answers", "endpoints", "clients", "notices"} {
		p.Exec(t, "DELETE FROM "+table)
	}
}

// writers proves that many who record at once lose nothing.
func writers(t *testing.T, p Place) {
	db := open(t, p)
	s := tenant(t, db, "acme")
	var work sync.WaitGroup
	for n := range 8 {
		work.Go(func() {
			for i := range 5 {
				err := s.Record(t.Context(), &store.Batch{Hosts: []store.HostResult{hostResult("shared", night(i), i%2 == 1), hostResult("own"+string(rune('a'+n)), night(i), false)}})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	if page, err := s.Hosts(t.Context(), "", 99); err != nil || len(page) != 9 {
		t.Errorf("%d hosts, %v", len(page), err)
	}
	if history, err := s.History(t.Context(), "shared"); err != nil || len(history) != 5 {
		t.Errorf("%v, %v", history, err)
	}
}

// cancelled proves that a run that is interrupted ends at once, and leaves nothing of its
// batch.
func cancelled(t *testing.T, p Place) {
	db := open(t, p)
	s := tenant(t, db, "acme")
	before := text(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	begun := time.Now()
	if err := s.Record(ctx, everything("acme")); !errors.Is(err, context.Canceled) || time.Since(begun) > 30*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	if text(t, db) != before {
		t.Error("something was recorded")
	}
}

// reading proves that who only reads can do so beside who writes, and writes nothing.
func reading(t *testing.T, p Place) {
	if db, err := p.Open(t.Context(), store.Options{}); err == nil {
		t.Error("what is not there is opened for reading", db.Close())
	}
	s := tenant(t, open(t, p), "acme")
	record(t, s, everything("acme"))
	db, err := p.Open(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := db.Tenant(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	record(t, s, &store.Batch{Hosts: []store.HostResult{hostResult("late", night(1), false)}})
	if page, err := other.Hosts(t.Context(), "", 99); err != nil || len(page) != 4 {
		t.Errorf("%d hosts, %v", len(page), err)
	}
}

// refusing is a file on a full disk.
type refusing struct{ err error }

func (r *refusing) Write([]byte) (int, error) { return 0, r.err }

// backup proves that a backup holds everything, and reads back into another database, and
// that a file that cannot be written is not taken for a fault of the store.
func backup(t *testing.T, p, q Place) {
	db, other := open(t, p), open(t, q)
	for _, name := range []string{"acme", "globex"} {
		s := tenant(t, db, name)
		record(t, s, everything(name))
		if _, err := s.ClaimNotices(t.Context(), "fell", []string{"DC01"}, night(0), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	a := db.Accounts()
	err := errors.Join(a.PutUser(t.Context(), store.User{Name: "ada"}), a.AddToken(t.Context(), store.Token{Hash: store.TokenHash("x")}), a.Audit(t.Context(), store.AuditEntry{Who: "ada"}))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	counts, err := db.Backup(t.Context(), &packed)
	if err != nil || counts["hosts"] != 6 || counts["tenants"] != 2 {
		t.Fatalf("%v, %v", counts, err)
	}
	for table, n := range counts {
		if n == 0 {
			t.Errorf("%s: nothing to back up", table)
		}
	}
	full := errors.New("no space left")
	if _, err := db.Backup(t.Context(), &refusing{full}); err != full { //nolint:errorlint // that and nothing around it
		t.Errorf("a full disk under the backup: %v", err)
	}
	restored, err := other.Restore(t.Context(), bytes.NewReader(packed.Bytes()))
	if err != nil || restored["hosts"] != 6 {
		t.Fatalf("%v, %v", restored, err)
	}
	if text(t, other) != text(t, db) {
		t.Errorf("%s was restored as %s", sum(text(t, db)), sum(text(t, other)))
	}
	if _, err := other.Restore(t.Context(), bytes.NewReader(packed.Bytes())); err == nil {
		t.Error("restored over what is there")
	}
}

// damagedBackups proves that no part of a damaged backup is restored.
func damagedBackups(t *testing.T, p, q Place) {
	db, other := open(t, p), open(t, q)
	record(t, tenant(t, db, "acme"), everything("acme"))
	before := text(t, other)
	whole := text(t, db)
	lines := strings.SplitAfter(whole, "\n")
	for name, damaged := range map[string]string{
		"nothing":        "",
		"other":          "{}\n",
		"half":           strings.Join(lines[:len(lines)/2], ""),
		"without end":    strings.Join(lines[:len(lines)-2], ""),
		"one row less":   strings.Join(append(lines[:2:2], lines[3:]...), ""),
		"newer":          strings.Replace(whole, `"version":`, `"version":9`, 1),
		"unknown table":  strings.Replace(whole, `"table":"hosts"`, `"table":"pg_class"`, 1),
		"wrong column":   strings.Replace(whole, `"host","about"`, `"host) VALUES (1); DROP TABLE hosts; --","about"`, 1),
		"unknown column": strings.Replace(whole, `"host","about"`, `"host","abouts"`, 1),
		"text as number": strings.Replace(whole, `[1,"acme"]`, `["1","acme"]`, 1),
		"no columns":     strings.Replace(whole, `"columns":["tenant:i","name"]`, `"columns":[]`, 1),
		"empty rows":     strings.Replace(strings.Replace(whole, `"columns":["tenant:i","name"]`, `"columns":[]`, 1), `[1,"acme"]`, `[]`, 1),
		"rows of none":   strings.Replace(whole, lines[1], "[]\n", 1),
		"twice":          strings.Replace(whole, `[1,"acme"]`, "[1,\"acme\"]\n[1,\"acme\"]", 1),
	} {
		if damaged == whole {
			t.Fatalf("%s: the backup is whole", name)
		}
		if _, err := other.Restore(t.Context(), pack(t, damaged)); err == nil {
			t.Errorf("%s: restored", name)
		}
		if text(t, other) != before {
			t.Fatalf("%s: something was left", name)
		}
	}
	if _, err := other.Restore(t.Context(), strings.NewReader("no zstd at all")); err == nil {
		t.Error("restored from text")
	}
	packed, _ := io.ReadAll(pack(t, whole))
	_, err := other.Restore(t.Context(), bytes.NewReader(packed[:len(packed)/2])) // of which not even the first line can be read
	if what, _ := message.For("en").Problem(err); !strings.Contains(what, "cut off") {
		t.Errorf("half a file: %v", err)
	}
	if _, err := other.Restore(t.Context(), pack(t, whole)); err != nil {
		t.Errorf("the whole backup: %v", err)
	}
}

// restoredOver proves that nothing is restored over what belongs to a server alone, before
// there is a customer: a token, or what somebody did.
func restoredOver(t *testing.T, p, q Place) {
	db, other := open(t, p), open(t, q)
	whole := text(t, db)
	a := other.Accounts()
	for what, add := range map[string]func() error{
		"a token":  func() error { return a.AddToken(t.Context(), store.Token{Hash: store.TokenHash("x")}) },
		"an entry": func() error { return a.Audit(t.Context(), store.AuditEntry{Who: "ada"}) },
	} {
		if err := add(); err != nil {
			t.Fatal(err)
		}
		before := text(t, other)
		if _, err := other.Restore(t.Context(), pack(t, whole)); err == nil || text(t, other) != before {
			t.Errorf("restored over %s: %v", what, err)
		}
		if what == "a token" {
			if err := a.RemoveToken(t.Context(), store.TokenHash("x")); err != nil {
				t.Fatal(err)
			}
			continue
		}
		q.Exec(t, "DELETE FROM audit")
	}
}
