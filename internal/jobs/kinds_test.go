//go:build unix

package jobs_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/jobs"
	"tlsready/internal/jobs/doing"
	"tlsready/internal/jobs/work"
	"tlsready/internal/jobs/worker"
	"tlsready/internal/message"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/regcmd/regcmdtest"
	"tlsready/internal/source/remote/winrm"
	"tlsready/internal/source/remote/winrm/winrmtest"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/store"
)

// tenant is the store of a tenant.
func (s *server) tenant(t *testing.T, name string) store.Store {
	t.Helper()
	of, err := s.db.AddTenant(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return of
}

// hosts are those of a tenant by id.
func (s *server) hosts(t *testing.T, tenant string) map[string]store.Host {
	t.Helper()
	list, err := s.tenant(t, tenant).Hosts(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]store.Host{}
	for _, h := range list {
		byID[h.ID] = h
	}
	return byID
}

// again proves that hosts are judged again in batches with the settings that the store has,
// each once however often it is done, that nobody is taken to have read them, and that one
// that could not be read lately stays so.
func again(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{BatchHosts: 2})
	of, day := s.tenant(t, "acme"), time.Date(2026, 11, 1, 2, 30, 0, 0, time.UTC)
	b := &store.Batch{}
	for i, r := range append(sourcetest.References(), sourcetest.References()...) {
		settings := r.Snapshot()
		settings.CollectedAt = time.Time{} // as in most exports
		b.Hosts = append(b.Hosts, store.HostResult{ID: string(rune('a' + i)), At: day, Settings: settings})
	}
	b.Hosts[5].Settings, b.Hosts[5].Error = nil, "never read"
	err := of.Record(t.Context(), b)
	if err == nil {
		err = of.Record(t.Context(), &store.Batch{Hosts: []store.HostResult{{ID: "b", At: day.AddDate(0, 0, 1), Error: "switched off"}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	before := s.hosts(t, "acme")
	if _, _, err := s.Enqueue(t.Context(), "somebody", work.Order{Kind: work.Recheck, Tenant: "acme", Services: []string{"azure-backup", "entra-id"}}); err != nil {
		t.Fatal(err)
	}
	s.run(t)
	s.until(t, "acme", work.Recheck, jobs.Done, 6)
	list, err := s.List(t.Context(), "acme", jobs.Filter{Kind: work.Recheck})
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range list {
		if job.Plan {
			continue
		}
		if _, err := s.Retry(t.Context(), "acme", job.ID); err != nil { // a batch that is done twice
			t.Fatal(err)
		}
	}
	s.until(t, "acme", work.Recheck, jobs.Done, 6)
	for _, service := range []string{"azure-backup", "entra-id"} {
		verdicts, err := of.Verdicts(t.Context(), store.Series{Service: service}, "", 100)
		if err != nil || len(verdicts) != 5 {
			t.Errorf("%s: %d verdicts %v", service, len(verdicts), err)
		}
		for _, v := range verdicts {
			if history, err := of.VerdictHistory(t.Context(), store.Series{Service: service}, v.Host); err != nil || len(history) != 1 {
				t.Errorf("%s of %s: %+v %v", service, v.Host, history, err)
			}
		}
	}
	if after := s.hosts(t, "acme"); !reflect.DeepEqual(before, after) {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
}

// imported proves that a schedule reads what lies in a folder when it is due, of each form
// that check reads, also what came later; and that what cannot be read does not keep the
// rest from it.
func imported(t *testing.T, p place) {
	folder := t.TempDir()
	put := func(name string, text []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	example := func(name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", "fleet", name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	schedules, err := jobs.ReadSchedules([]byte("schema: tlsready.schedules/v1\nschedules:\n" +
		"  - {name: exports, every: 1h, kind: import, tenant: acme, services: [azure-backup], sources: ['" + folder + "']}\n"))
	if err != nil {
		t.Fatal(err)
	}
	put("branches.csv", example("branches.csv"))
	put("torn.json", []byte(`{"schema": "tlsready.host/v1", "name": "FS`))
	now := time.Now()
	s := serve(t, p, jobs.Options{Schedules: schedules, Now: func() time.Time { return now }})
	run := func(done int64) {
		t.Helper()
		if _, twice, err := s.RunSchedule(t.Context(), "acme", "exports", "somebody"); err != nil || twice {
			t.Fatal(twice, err)
		}
		s.until(t, "acme", work.Import, jobs.Done, done)
	}
	s.run(t)
	run(1)
	first := s.hosts(t, "acme")
	if len(first) < 3 {
		t.Fatalf("%v", slices.Collect(maps.Keys(first)))
	}
	put("FS01.json", example("osaka/FS01.json"))
	now = now.Add(time.Hour)
	run(2)
	second := s.hosts(t, "acme")
	if fresh, torn := found(second, "/FS01"), found(second, "/torn"); len(second) != len(first)+1 || fresh.Seen.IsZero() || torn.Error == "" || !torn.Seen.IsZero() {
		t.Errorf("%v\n%+v\n%+v", slices.Sorted(maps.Keys(second)), fresh, torn)
	}
	verdicts, err := s.tenant(t, "acme").Verdicts(t.Context(), store.Series{Service: "azure-backup"}, "", 100)
	if err != nil || len(verdicts) < len(first) {
		t.Errorf("%d verdicts of %d hosts %v", len(verdicts), len(second), err)
	}
}

// found is the host whose id ends in a text.
func found(hosts map[string]store.Host, text string) store.Host {
	for id, h := range hosts {
		if strings.HasSuffix("/"+id, text) {
			return h
		}
	}
	return store.Host{}
}

// collected proves that a worker reads the machines of its site, over a network that the
// server does not reach, with a password that the server does not have; that a machine which
// cannot be reached is a result; and that the server judges what came.
func collected(t *testing.T, p place) {
	const account, password = "admin", "example password"
	reference := sourcetest.References()[0]
	memory := registrytest.NewMemory()
	for _, v := range reference.Machine() {
		memory.Put(v.Key, v.Name, v.Data)
	}
	reg := &regcmdtest.Reg{Memory: memory, Quote: '"', Language: "en"}
	machine := &winrmtest.Server{User: account, Domain: "CORP", Password: password, Run: func(line string) (out, errs []byte, status int) {
		if line == "ver" {
			return []byte("\r\nMicrosoft Windows [Version " + reference.Version + "]\r\n"), nil, 0
		}
		out, text, status, err := reg.Run(context.Background(), line)
		if err != nil {
			t.Error(err)
		}
		return out, []byte(text), status
	}}
	winrmtest.Start(t, machine, nil)
	s := serve(t, p, jobs.Options{Schedules: daily(t, "name: servers, kind: collect, tenant: acme, site: tokyo, via: 'winrm://"+account+"@', "+
		"services: [azure-backup], sources: ["+winrmtest.Host+", 'winrm://"+account+"@other.corp.example']")})
	if _, _, err := s.RunSchedule(t.Context(), "acme", "servers", "somebody"); err != nil {
		t.Fatal(err)
	}
	s.run(t)
	s.until(t, "acme", work.Collect, jobs.Waiting, 1)
	reach := remote.Options{Passwords: &peer.Passwords{Environment: password}, WinRM: winrm.Options{CA: machine.CA(t)}, Dial: machine.Dial}
	if err := s.once(t, "acme", &doing.Tools{Now: time.Now, Remote: reach}); err != nil {
		t.Fatal(err)
	}
	s.until(t, "acme", work.Collect, jobs.Done, 1)
	hosts := s.hosts(t, "acme")
	read, unread := found(hosts, winrmtest.Host), found(hosts, "other.corp.example")
	if len(hosts) != 2 || read.Seen.IsZero() || read.Error != "" || !unread.Seen.IsZero() || unread.Error == "" {
		t.Errorf("%+v", hosts)
	}
	list, err := s.tenant(t, "acme").Latest(t.Context(), "", 10)
	if err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	files := sourcetest.Loss{Drop: func(s *host.Snapshot) { s.Files = nil }} // over the network the registry alone is read
	if differ := sourcetest.Compare(list[0].Snapshot, reference.Less(files)); len(differ) > 0 {
		t.Errorf("%v", differ)
	}
	verdicts, err := s.tenant(t, "acme").Verdicts(t.Context(), store.Series{Service: "azure-backup"}, "", 10)
	if err != nil || len(verdicts) != 2 || verdicts[0].Verdict != "fails" || verdicts[1].Verdict != "unreadable" {
		t.Errorf("%+v %v", verdicts, err)
	}
}

// once lets a worker of a tenant do what waits at tokyo.
func (s *server) once(t *testing.T, tenant string, tools *doing.Tools) error {
	t.Helper()
	return worker.Run(t.Context(), worker.Options{
		Server: access{s.http, tenant}, Name: "once", Site: "tokyo", Once: true, Tools: tools, Tell: func(text message.Text) { t.Log(message.English(text)) },
	})
}
