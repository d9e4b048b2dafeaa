package api

import (
	"context"
	"net/http"
	"path"
	"strings"
	"time"

	"tlsready/internal/console/answer"
	"tlsready/internal/console/answer/orders"
	"tlsready/internal/console/web"
	"tlsready/internal/message"
)

// Base is below which everything stands.
const Base = "/api/v1/"

// Bounds of a request.
const (
	// MaxHost bounds what one host sends, in bytes: what the collector script writes of a
	// machine has a megabyte, its hives less than a hundred.
	MaxHost = 256 << 20
	// MaxResults bounds the lines of one request after unpacking: a batch of 500 hosts has
	// some twenty megabytes.
	MaxResults = 256 << 20
	// MaxImport bounds an upload. An archive of a disk does not belong here: its hives do.
	MaxImport = 512 << 20
	// maxBody bounds what people decide.
	maxBody = 64 << 10

	// queryTime is how long an answer may take that is a page, fleetTime how long one for
	// which all hosts are judged, and uploadTime how long an upload over a slow line.
	queryTime  = 30 * time.Second
	fleetTime  = 10 * time.Minute
	uploadTime = 30 * time.Minute
)

// Routes are those of the API but for what workers ask for, which jobs has.
func Routes(room *answer.Room, queue orders.Queue) []web.Route {
	a := &api{room, queue}
	get := func(path string, h asked) web.Route {
		return web.Route{Pattern: "GET " + Base + path, Needs: web.View, Handle: a.answer(queryTime, h)}
	}
	send := func(method, path string, needs web.Right, within time.Duration, h asked) web.Route {
		return web.Route{Pattern: method + " " + Base + path, Needs: needs, Handle: a.answer(within, h)}
	}
	return append(a.jobRoutes(), []web.Route{
		{Pattern: "GET " + Base + "openapi.json", Needs: web.Open, Handle: openAPI},
		get("deadlines", deadlines),
		get("hosts", hosts),
		get("host-groups", hostGroups),
		get("hosts/{id...}", host),
		send(http.MethodGet, "hosts/{id}/fix", web.Operate, queryTime, fix),
		send(http.MethodPost, "hosts/{id}/fix", web.Operate, queryTime, offer),
		send(http.MethodPut, "hosts/{id}/fix", web.Approve, queryTime, decide),
		get("offers", offers),
		get("endpoints", endpoints),
		get("endpoint", endpoint),
		get("clients", clients),
		get("clients/{client}", client),
		get("services", services),
		send(http.MethodGet, "what-if", web.View, fleetTime, whatIf),
		get("exemptions", exemptions),
		send(http.MethodPut, "exemptions", web.Operate, queryTime, exempt),
		send(http.MethodGet, "audit", web.Admin, queryTime, audit),
		send(http.MethodPut, "owners", web.Operate, queryTime, own),
		send(http.MethodPut, "tags", web.Operate, queryTime, tag),
		send(http.MethodPost, "hosts", web.Enrol, uploadTime, addHost),
		send(http.MethodPost, "results", web.Operate, uploadTime, addResults),
		send(http.MethodPost, "import", web.Operate, uploadTime, addFiles),
	}...)
}

// Lost are the routes of everything below /api/ that no other route answers: it is said in
// JSON, and if it is the method that is wrong, which ones there are.
func Lost(all []web.Route) []web.Route {
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch}
	known := map[string]*http.ServeMux{}
	for _, m := range methods {
		known[m] = http.NewServeMux()
	}
	for _, r := range all {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if known[method] != nil && strings.HasPrefix(path, "/api/") {
			known[method].HandleFunc(path, func(http.ResponseWriter, *http.Request) {})
		}
	}
	lost := func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, m := range methods {
			if _, pattern := known[m].Handler(r); pattern != "" {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) == 0 {
			web.Refuse(w, r, web.Mistake(http.StatusNotFound, message.Error("console.api.lost").Hinted("console.api.hint.lost")))
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		web.Refuse(w, r, web.Mistake(http.StatusMethodNotAllowed, message.Error("console.api.method", message.Str("method", r.Method)).Hinted("console.api.hint.method", message.List("known", allowed))))
	}
	var list []web.Route
	for _, m := range methods {
		list = append(list, web.Route{Pattern: m + " /api/", Needs: web.Open, Handle: lost})
	}
	return list
}

type api struct {
	room  *answer.Room
	queue orders.Queue
}

// request is one question of a tenant.
type request struct {
	*http.Request
	w       http.ResponseWriter
	fleet   *answer.Tenant
	visitor web.Visitor
	lang    string
	queue   orders.Queue
}

// asked answers a request with a document; one that has answered itself gives nil.
type asked func(r *request) (doc any, err error)

// answer answers a request of a tenant within a time.
func (a *api) answer(within time.Duration, h asked) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), within)
		defer cancel()
		control := http.NewResponseController(w)
		_ = control.SetReadDeadline(time.Now().Add(within)) // a connection that cannot be told so has none
		r = r.WithContext(ctx)
		v := web.Of(ctx)
		fleet, err := a.room.Of(ctx, v.Tenant)
		if err != nil {
			web.Refuse(w, r, err)
			return
		}
		doc, err := h(&request{r, w, fleet, v, web.Language(r), a.queue})
		switch {
		case err != nil:
			web.Refuse(w, r, err)
		case doc != nil:
			web.WriteJSON(w, statusOf(r), doc)
		}
	}
}

// statusOf is 201 for what was made, and 202 for what was ordered.
func statusOf(r *http.Request) int {
	switch _, last := path.Split(r.URL.Path); {
	case r.Method != http.MethodPost:
	case r.URL.Path == Base+"hosts":
		return http.StatusCreated
	case last == "run", last == "recheck", last == "probe":
		return http.StatusAccepted
	}
	return http.StatusOK
}
