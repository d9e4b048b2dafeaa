package console_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tlsready/internal/console/answer"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
	"tlsready/internal/store/sqlite"
	"tlsready/internal/testkit/hostgen"
)

// The nights whose results a grown store has, and the hosts of each.
const (
	nights = 13
	grown  = 36
)

// grow fills a store with what the nights of a quarter found out about a tenant's hosts,
// each judged on its day: the rest falls, and a host falls back. With seen, endpoints were
// probed and clients were seen as well.
func grow(t *testing.T, at, tenant, site string, seen bool) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), at, store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.AddTenant(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	today := time.Now().UTC()
	asked(t, db, tenant, site+"/fs01", today.AddDate(0, 0, -7*(nights-1)))
	for night := range nights {
		day := today.AddDate(0, 0, 7*(night+1-nights))
		of := tenantOn(t, db, tenant, day)
		if _, err := of.Results(t.Context(), "en", hostLines(t, site, night, day)); err != nil {
			t.Fatal(err)
		}
	}
	if !seen {
		return
	}
	of := tenantOn(t, db, tenant, today)
	for _, name := range lines(t) {
		if doc, err := of.Import(t.Context(), "en", func(add func(string, io.Reader) error) error { return addFile(name, add) }); err != nil || len(doc.Refused) > 0 {
			t.Fatal(err, doc)
		}
	}
}

// asked makes a tenant ask about the deadline that is still ahead, as check --service does.
func asked(t *testing.T, db store.Database, tenant, id string, day time.Time) {
	t.Helper()
	of, err := db.Tenant(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	outcome := store.Outcome{Host: document.Host{Host: id, Verdict: document.Fails, Service: "exchange-online-pop-imap"}.Plain()}
	err = of.Record(t.Context(), &store.Batch{Hosts: []store.HostResult{{ID: id, At: day, Error: "connection timed out", Outcomes: []store.JudgedService{
		{Series: store.Series{Service: "exchange-online-pop-imap", On: "2026-12-31"}, Day: store.DayOf(day), Outcome: outcome},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
}

func addFile(name string, add func(string, io.Reader) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return add(filepath.Base(name), file)
}

// tenantOn is a tenant as a server sees it on a day.
func tenantOn(t *testing.T, db store.Database, name string, day time.Time) *answer.Tenant {
	t.Helper()
	room, err := answer.New(db, func() time.Time { return day })
	if err != nil {
		t.Fatal(err)
	}
	of, err := room.Of(context.WithoutCancel(t.Context()), name)
	if err != nil {
		t.Fatal(err)
	}
	return of
}

// hostLines are the results of a night: two of three hosts are mended in the course of the
// quarter, one is broken again, and one cannot be read in the last night.
func hostLines(t *testing.T, site string, night int, day time.Time) io.Reader {
	t.Helper()
	const net, net32 = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`, `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
	all := hostgen.Builds()
	builds := []host.OS{all[4], all[6], all[2], all[8], all[4]}
	var b store.Batch
	for i := range grown {
		id := fmt.Sprintf("%s/fs%02d", site, i+1)
		s := &host.Snapshot{
			Schema: host.Schema, Name: fmt.Sprintf("fs%02d.%s.example.com", i+1, site), OS: builds[i%len(builds)], CollectedAt: day, Covered: hostgen.Covered(), Source: "collector",
			Labels:    map[string]string{"site": site, "owner": [...]string{"backup-team", "store-systems", ""}[i%3], "ring": strconv.Itoa(i%2 + 1)},
			Addresses: []string{"192.0.2." + strconv.Itoa(20+i)},
			Registry:  []host.Value{{Key: `HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full`, Name: "Release", Data: host.Dword(528049)}},
			Programs:  &[]host.Program{{Name: "Microsoft Azure Recovery Services Agent", Version: "2.0.9207.0"}}, Certificates: &host.Certificates{Root: []string{"df3c24f9bfd666761b268073fe06d1cc8d4f82a4"}},
		}
		mended := i%3 != 0 && night > i%12 && (i != 7 || night < 10)
		if mended && s.OS.Version == "6.1" {
			const client = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
			s.Registry = append(s.Registry, host.Value{Key: client, Name: "DisabledByDefault", Data: host.Dword(0)}, host.Value{Key: client, Name: "Enabled", Data: host.Dword(1)})
		}
		if mended {
			for _, key := range []string{net, net32} {
				s.Registry = append(s.Registry, host.Value{Key: key, Name: "SystemDefaultTlsVersions", Data: host.Dword(1)}, host.Value{Key: key, Name: "SchUseStrongCrypto", Data: host.Dword(1)})
			}
		}
		one := store.HostResult{ID: id, At: day, Settings: s}
		if i == 9 && night == nights-1 {
			one = store.HostResult{ID: id, At: day, Error: "192.0.2.29: connection timed out"}
		}
		b.Hosts = append(b.Hosts, one)
	}
	var out bytes.Buffer
	if err := results.WriteLines(&out, &b); err != nil {
		t.Fatal(err)
	}
	return &out
}
