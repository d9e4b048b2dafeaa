package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/store"
)

// calls are a call of every method of a Store, as text of what it gave.
func calls() map[string]func(context.Context, store.Store) (string, error) {
	say := func(v any, err error) (string, error) {
		text, wrong := json.Marshal(v)
		return string(text), errors.Join(err, wrong)
	}
	all := queryCalls(say)
	maps.Copy(all, map[string]func(context.Context, store.Store) (string, error){
		"Record": func(ctx context.Context, s store.Store) (string, error) {
			return "", s.Record(ctx, everything("globex"))
		},
		"Hosts":   func(ctx context.Context, s store.Store) (string, error) { return say(s.Hosts(ctx, "", 99)) },
		"Latest":  func(ctx context.Context, s store.Store) (string, error) { return latest(ctx, s) },
		"History": func(ctx context.Context, s store.Store) (string, error) { return say(s.History(ctx, "acme/DC01")) },
		"Snapshot": func(ctx context.Context, s store.Store) (string, error) {
			content, _, err := store.SettingsContent(hostResult("acme/DC01", night(0), false).Settings)
			if err != nil {
				return "", err
			}
			got, err := s.Snapshot(ctx, "acme/DC01", spanOf(content.Hash))
			if err != nil {
				return "", nil //nolint:nilerr // of another tenant: nothing is what is wanted
			}
			return got.Name, nil
		},
		"Verdicts": func(ctx context.Context, s store.Store) (string, error) { return say(s.Verdicts(ctx, azure, "", 99)) },
		"VerdictHistory": func(ctx context.Context, s store.Store) (string, error) {
			return say(s.VerdictHistory(ctx, azure, "acme/DC01"))
		},
		"AllSeries": func(ctx context.Context, s store.Store) (string, error) { return say(s.AllSeries(ctx)) },
		"Outcome": func(ctx context.Context, s store.Store) (string, error) {
			content, _, err := store.OutcomeContent(hostResult("acme/DC01", night(0), false).Outcomes[0].Outcome)
			if err != nil {
				return "", err
			}
			got, err := s.Outcome(ctx, store.Verdict{Host: "acme/DC01", Span: store.Span[store.Day]{Hash: content.Hash}})
			if err != nil {
				return "", nil //nolint:nilerr // as above
			}
			return got.Host.Host, nil
		},
		"Endpoints": func(ctx context.Context, s store.Store) (string, error) {
			return say(s.Endpoints(ctx, store.EndpointKey{}, 99))
		},
		"Probes": func(ctx context.Context, s store.Store) (string, error) {
			return say(s.Probes(ctx, store.EndpointKey{Target: "www.example.com:443", Address: "192.0.2.1", ServerName: "www.example.com"}))
		},
		"Observations": func(ctx context.Context, s store.Store) (string, error) {
			var list []store.Observation
			for o, err := range s.Observations(ctx, "2000-01-01", "2100-01-01") {
				if err != nil {
					return "", err
				}
				list = append(list, o)
			}
			return say(list, nil)
		},
		"Fixes":      func(ctx context.Context, s store.Store) (string, error) { return say(s.Fixes(ctx, "")) },
		"Owners":     func(ctx context.Context, s store.Store) (string, error) { return say(s.Owners(ctx)) },
		"Tags":       func(ctx context.Context, s store.Store) (string, error) { return say(s.Tags(ctx)) },
		"Exemptions": func(ctx context.Context, s store.Store) (string, error) { return say(s.Exemptions(ctx)) },
		"Count":      func(ctx context.Context, s store.Store) (string, error) { return say(s.Count(ctx)) },
		"Prune": func(ctx context.Context, s store.Store) (string, error) {
			return say(s.Prune(ctx, store.Retention{People: "2100-01-01", History: "2100-01-01"}, false))
		},
	})
	return all
}

// queryCalls are those of queries and decisions.
func queryCalls(say func(any, error) (string, error)) map[string]func(context.Context, store.Store) (string, error) {
	return map[string]func(context.Context, store.Store) (string, error){
		"FindHosts": func(ctx context.Context, s store.Store) (string, error) {
			page, err := s.FindHosts(ctx, store.HostQuery{Series: azure})
			return say(page.Rows, err)
		},
		"Groups": func(ctx context.Context, s store.Store) (string, error) {
			var all []store.Group
			for _, by := range []store.GroupBy{store.GroupByFix, store.GroupByOwner, store.GroupByOS, store.ByTag("site")} {
				list, err := s.Groups(ctx, store.HostQuery{Series: azure, Tags: []store.Tag{{Name: "site"}}}, by)
				if err != nil {
					return "", err
				}
				all = append(all, list...)
			}
			return say(all, nil)
		},
		"Totals": func(ctx context.Context, s store.Store) (string, error) { return say(s.Totals(ctx, "2026-09-01")) },
		"Progress": func(ctx context.Context, s store.Store) (string, error) {
			return say(s.Progress(ctx, azure, "2026-09-01", "2026-09-30"))
		},
		"Fell": func(ctx context.Context, s store.Store) (string, error) { return say(s.Fell(ctx, azure, "", "", 9)) },
		"Host": func(ctx context.Context, s store.Store) (string, error) {
			h, err := s.Host(ctx, "acme/DC01")
			if none := (*store.NoHostError)(nil); errors.As(err, &none) {
				return "", nil
			}
			return h.ID, err
		},
		"Standings": func(ctx context.Context, s store.Store) (string, error) { return say(s.Standings(ctx, "acme/DC01")) },
		"CountHosts": func(ctx context.Context, s store.Store) (string, error) {
			n, err := s.CountHosts(ctx)
			if n == 0 {
				return "", err
			}
			return say(n, err)
		},
		"TagsOf":   func(ctx context.Context, s store.Store) (string, error) { return say(s.TagsOf(ctx, "acme/DC01")) },
		"TagNames": func(ctx context.Context, s store.Store) (string, error) { return say(s.TagNames(ctx)) },
		"FindEndpoints": func(ctx context.Context, s store.Store) (string, error) {
			page, err := s.FindEndpoints(ctx, store.EndpointQuery{})
			return say(page.Rows, err)
		},
		"SeenOf": func(ctx context.Context, s store.Store) (string, error) {
			return say(s.SeenOf(ctx, "acme.example.com", "2000-01-01", "2100-01-01", 9))
		},
		"FindClients": func(ctx context.Context, s store.Store) (string, error) {
			page, err := s.FindClients(ctx, store.ClientQuery{})
			return say(page.Rows, err)
		},
		"Offers": func(ctx context.Context, s store.Store) (string, error) { return say(s.Offers(ctx)) },
		"Approve": func(ctx context.Context, s store.Store) (string, error) {
			err := s.Approve(ctx, store.Fix{Host: "acme/FS01", Service: azure.Service, By: "bob", At: night(1), Changes: offered().Changes})
			if inWords(err) {
				return "", nil //nolint:nilerr // nothing is offered
			}
			return "", err
		},
		"ClaimNotices": func(ctx context.Context, s store.Store) (string, error) {
			return say(s.ClaimNotices(ctx, "fell", []string{"acme/DC01"}, night(2), time.Minute))
		},
		"NoticesTold": func(ctx context.Context, s store.Store) (string, error) {
			return "", s.NoticesTold(ctx, "fell", []string{"acme/DC01"})
		},
		"NoticesLater": func(ctx context.Context, s store.Store) (string, error) {
			return "", s.NoticesLater(ctx, "fell", []string{"acme/DC01"}, night(9))
		},
	}
}

func latest(ctx context.Context, s store.Store) (string, error) {
	page, err := s.Latest(ctx, "", 99)
	var names []string
	for _, one := range page {
		names = append(names, one.Host.ID, one.Snapshot.Name)
	}
	return strings.Join(names, " "), err
}

func spanOf(hash store.Hash) (s storeSpan) {
	s.Hash, s.From, s.To = hash, night(0), night(0)
	return s
}

// everyMethod proves of every method of a Store that a customer gets nothing of another,
// not even by naming a host, a hash or a key of theirs, and changes nothing of theirs.
func everyMethod(t *testing.T, p Place) {
	db := open(t, p)
	acme, globex := tenant(t, db, "acme"), tenant(t, db, "globex")
	both := everything("acme")
	both.Fixes = append(both.Fixes, offered())
	both.Hosts = append(both.Hosts, hostResult("acme/DC02", night(-1), true), hostResult("acme/DC02", night(0), false), hostResult("acme/DC03", night(-1), false), hostResult("acme/DC03", night(0), true))
	record(t, acme, both)
	all := calls()
	changing := []string{"Record", "Approve", "ClaimNotices", "NoticesTold", "NoticesLater", "Prune"}
	if _, err := acme.ClaimNotices(t.Context(), "fell", []string{"acme/DC01"}, night(0), time.Minute); err != nil {
		t.Fatal(err)
	}
	before := text(t, db)
	kind := reflect.TypeFor[store.Store]()
	var names []string
	for i := range kind.NumMethod() {
		name := kind.Method(i).Name
		if all[name] == nil {
			t.Fatalf("say here how %s is called", name)
		}
		if !slices.Contains(changing, name) {
			names = append(names, name)
		}
	}
	told := func(s store.Store) map[string]string {
		got := map[string]string{}
		for _, name := range names {
			text, err := all[name](t.Context(), s)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got[name] = text
		}
		return got
	}
	own := told(acme)
	for name, text := range told(globex) {
		if name != "Count" && text != "null" && text != "" {
			t.Errorf("%s gives a customer %q of another", name, text)
		}
		if own[name] == text {
			t.Errorf("%s gives its own customer nothing: %q", name, text)
		}
	}
	for _, name := range changing {
		if _, err := all[name](t.Context(), globex); err != nil {
			t.Fatal(err)
		}
		if got := told(acme); !reflect.DeepEqual(got, own) {
			t.Errorf("%s of a customer changed another:\n%v\n%v", name, own, got)
		}
	}
	for line := range strings.Lines(before) {
		if strings.HasPrefix(line, "[1,") && !strings.Contains(text(t, db), line) {
			t.Errorf("a row of a customer was changed by another: %s", line)
		}
	}
}
