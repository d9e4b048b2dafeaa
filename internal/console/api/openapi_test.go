package api

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"tlsready/internal/jobs/desk"
	"tlsready/internal/testkit/golden"
)

// inlined are the schemas of docs/schema that the description of the API has in it, and
// all that they refer to, under names of one level.
func inlined(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, file := range []string{"audit", "console", "check", "diff", "endpoint", "fleet", "host", "lint"} {
		text, err := os.ReadFile("../../../docs/schema/" + file + ".schema.json")
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		defs, _ := doc["$defs"].(map[string]any)
		delete(doc, "$defs")
		delete(doc, "$schema")
		delete(doc, "$id")
		if file != "console" && file != "fleet" && file != "lint" {
			out[file] = renamed(file, doc)
		}
		for name, def := range defs {
			out[file+"."+name] = renamed(file, def)
		}
	}
	return out
}

// reached are the schemas that something refers to, one through the other.
func reached(doc map[string]any, all map[string]any) map[string]any {
	out := map[string]any{}
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				name, _ := x.(string)
				name, isRef := strings.CutPrefix(name, "#/components/schemas/")
				name, _, _ = strings.Cut(name, "/")
				if k == "$ref" && isRef && out[name] == nil && all[name] != nil {
					out[name] = all[name]
					visit(all[name])
				}
				visit(x)
			}
		case []any:
			for _, x := range v {
				visit(x)
			}
		}
	}
	visit(doc)
	return out
}

// renamed is a schema with its references as those of the description.
func renamed(file string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if ref, ok := x.(string); ok && k == "$ref" {
				x = component(file, ref)
			}
			out[k] = renamed(file, x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = renamed(file, x)
		}
		return out
	}
	return v
}

func component(file, ref string) string {
	where, at, _ := strings.Cut(ref, "#")
	if where != "" {
		file = strings.TrimSuffix(where, ".schema.json")
	}
	const base = "#/components/schemas/"
	if def, ok := strings.CutPrefix(at, "/$defs/"); ok {
		return base + file + "." + def
	}
	return base + file + at
}

// Proves that the schemas in the description are those of docs/schema.
func TestInlined(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(document31, &doc); err != nil {
		t.Fatal(err)
	}
	components, _ := doc["components"].(map[string]any)
	components["schemas"] = map[string]any{}
	components["schemas"] = reached(doc, inlined(t))
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(doc); err != nil {
		t.Fatal(err)
	}
	if golden.Updating() {
		if err := os.WriteFile("openapi.json", want.Bytes(), 0o644); err != nil { //nolint:gosec // it is source
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(want.Bytes(), document31) {
		t.Error("the schemas in openapi.json are not those of docs/schema: run go test ./internal/console/api -run TestInlined -update")
	}
}

func described(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document31)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

// Proves that every route is described, and that nothing else is.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	doc, _ := described(t)
	var have, want []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			have = append(have, method+" "+path)
		}
	}
	for _, r := range Routes(nil, nil) {
		want = append(want, strings.ReplaceAll(r.Pattern, "...}", "}"))
	}
	for _, r := range (&desk.Desk{}).Routes() {
		want = append(want, r.Pattern)
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("described:\n%s\nthere:\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

// Proves that every answer is as the description says: every question that can be asked,
// and what is refused.
func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	_, router := described(t)
	f := newFixture(t)
	f.fill()
	var calls []call
	for _, path := range everyGet() {
		if path != "hosts/osaka/FS01" { // the description has ids in one part
			calls = append(calls, call{path: path}, call{path: path, tenant: "globex", header: map[string]string{"Accept-Language": "ja"}})
		}
	}
	calls = append(calls,
		call{method: http.MethodPut, path: "exemptions", kind: typeJSON, body: []byte(`{"kind":"host","id":"osaka/FS01","service":"azure-backup","until":"2021-12-31"}`)},
		call{method: http.MethodPut, path: "owners", kind: typeJSON, body: []byte(`{"kind":"host","id":"osaka/FS01","owner":"tills"}`)},
		call{method: http.MethodPut, path: "tags", kind: typeJSON, body: []byte(`{"host":"osaka/FS01","name":"ring","value":"1"}`)},
		call{method: http.MethodPost, path: "hosts/osaka%2FFS01/fix", kind: typeJSON, body: []byte(`{"service":"azure-backup","on":"2021-09-01"}`)},
		call{path: "offers"},
		call{method: http.MethodPut, path: "hosts/osaka%2FFS01/fix", kind: typeJSON, name: "two", body: []byte(`{"service":"azure-backup"}`)},
		call{method: http.MethodPost, path: "results", kind: typeLines, body: lines(t, runBatch())},
		call{method: http.MethodPost, path: "import", kind: "application/zip", body: zipOf(t, map[string]string{"a.txt": "nothing"})},
		call{method: http.MethodPost, path: "schedules/branches/run"}, call{method: http.MethodPost, path: "schedules/branches/run"},
		call{method: http.MethodPost, path: "services/azure-backup/recheck"},
		call{method: http.MethodPost, path: "endpoints/fs01.example.com%3A443/probe", kind: typeJSON, body: []byte(`{"address":"192.0.2.10","serverName":"fs01.example.com"}`)},
		call{path: "jobs/1"}, call{path: "jobs"}, call{path: "schedules"}, call{method: http.MethodPost, path: "jobs/1/cancel"}, call{method: http.MethodPost, path: "jobs/1/retry"},
		call{path: "hosts/nowhere"}, call{path: "exemptions"}, call{path: "hosts/osaka%2FFS01"},
	)
	for _, c := range calls {
		r := c.request()
		route, params, err := router.FindRoute(r)
		if err != nil {
			t.Errorf("%s %s: %v", c.method, c.path, err)
			continue
		}
		w := f.do(c)
		in := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
			Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		}
		if strings.HasPrefix(w.Header().Get("Content-Type"), "application/zip") || strings.Contains(c.path, "format=") {
			in.Options.ExcludeResponseBody = true // files
		}
		if err := openapi3filter.ValidateResponse(t.Context(), in); err != nil {
			t.Errorf("%s %s: %d: %v\n%.600s", c.method, c.path, w.Code, err, w.Body)
		}
		if in.Options.ExcludeResponseBody || c.path == "openapi.json" {
			continue
		}
		in.SetBodyBytes([]byte(strings.Replace(w.Body.String(), "{", `{"odd":1,`, 1)))
		if openapi3filter.ValidateResponse(t.Context(), in) == nil {
			t.Errorf("%s %s: one member more is as described", c.method, c.path)
		}
	}
}

// Proves that every parameter that is described can be asked with, and no other.
func TestParameters(t *testing.T) {
	t.Parallel()
	doc, _ := described(t)
	f := newFixture(t)
	f.fill()
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		get := doc.Paths.Map()[path].Get
		if get == nil || strings.HasSuffix(path, "openapi.json") {
			continue
		}
		path = strings.NewReplacer(Base, "", "{id}", "osaka%2FFS01", "{client}", "192.0.2.10", "{job}", "1").Replace(path)
		for _, p := range get.Parameters {
			if p.Value.In != "query" || p.Value.Name == "lang" {
				continue
			}
			w := f.do(call{path: path + "?" + p.Value.Name + "=%00"})
			if w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "no parameter") {
				t.Errorf("%s does not know %s: %d %s", path, p.Value.Name, w.Code, w.Body)
			}
		}
		if w := f.do(call{path: path + "?odd=1"}); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "no parameter") {
			t.Errorf("%s takes any parameter: %d", path, w.Code)
		}
	}
}

// Proves that every call of curl in the documentation is a route, with parameters that are
// described, and that both languages show the same calls.
func TestDocumented(t *testing.T) {
	t.Parallel()
	_, router := described(t)
	var calls [][]string
	for _, name := range []string{"api.md", "api.ja.md"} {
		page, err := os.ReadFile("../../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		shown := regexp.MustCompile(`(?m)^curl (.*?)"?http://127.0.0.1:8443(/api/v1/[^" \n]*).*$`).FindAllStringSubmatch(string(page), -1)
		if calls == nil {
			calls = shown
		}
		if !reflect.DeepEqual(shown, calls) {
			t.Errorf("%s shows other calls", name)
		}
	}
	for _, c := range calls {
		method := http.MethodGet
		if m := regexp.MustCompile(`-X (\w+)`).FindStringSubmatch(c[1]); m != nil {
			method = m[1]
		} else if strings.Contains(c[1], "--data-binary") || strings.Contains(c[1], "-F ") {
			method = http.MethodPost
		}
		r := httptest.NewRequest(method, c[2], nil)
		route, _, err := router.FindRoute(r)
		if err != nil {
			t.Errorf("%s: %v", c[0], err)
			continue
		}
		for name := range r.URL.Query() {
			if route.Operation.Parameters.GetByInAndName("query", name) == nil {
				t.Errorf("%s: %s is not described", c[0], name)
			}
		}
	}
	if len(calls) < 24 {
		t.Errorf("only %d calls found", len(calls))
	}
}
