package answer

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"tlsready/internal/console/web"
	"tlsready/internal/store"
)

// many is a store with a number of hosts, which counts what is tagged.
type many struct {
	store.Store
	hosts, tagged int
}

func (m *many) FindHosts(_ context.Context, q store.HostQuery) (store.HostPage, error) {
	page, at := store.HostPage{Total: m.hosts}, 0
	if q.After != "" {
		at, _ = strconv.Atoi(q.After) // it is ours
	}
	for ; at < m.hosts && len(page.Rows) < q.Limit; at++ {
		page.Rows = append(page.Rows, store.HostRow{Host: store.Host{ID: strconv.Itoa(at)}})
	}
	if at < m.hosts {
		page.Next = strconv.Itoa(at)
	}
	return page, nil
}

func (m *many) Record(_ context.Context, b *store.Batch) error {
	m.tagged += len(b.Tags)
	return nil
}

// Proves that all hosts of a list are tagged by one request, and of a list that is too long
// none.
func TestTagFound(t *testing.T) {
	t.Parallel()
	for hosts, code := range map[int]int{0: 0, 1: 0, 1001: 0, MaxTagged: 0, MaxTagged + 1: http.StatusBadRequest} {
		kept := &many{hosts: hosts}
		tenant := &Tenant{room: &Room{now: time.Now}, kept: kept}
		err := tenant.TagFound(t.Context(), store.HostQuery{}, "ring", "1")
		want := hosts
		if code != 0 {
			want = 0
		}
		if kept.tagged != want || code == 0 && err != nil || code != 0 && web.StatusOf(err) != code {
			t.Errorf("%d hosts: %d tagged, %v", hosts, kept.tagged, err)
		}
	}
}
