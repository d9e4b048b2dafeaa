package notices

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/strictyaml"
	"tlsready/internal/userfile"
)

// ConfigSchema is the name of the format of a file of webhooks.
const ConfigSchema = "tlsready.webhooks/v1"

// The events of which a webhook tells.
const (
	EventDeadline = "deadline"  // a deadline is near, and hosts fail
	EventFell     = "fell-back" // a host that was ready fails
)

// Hook is one webhook.
type Hook struct {
	Name   string
	URL    string
	Secret []byte // with which bodies are signed
	Tenant string
	Events []string
	Days   []int  // before a deadline, the longest first
	Lang   string // of the text
	// Internal allows addresses that only this machine or its link reaches.
	Internal bool
}

type configFile struct {
	Schema   string      `yaml:"schema"`
	Webhooks []hookEntry `yaml:"webhooks"`
}

type hookEntry struct {
	Name          string   `yaml:"name"`
	URL           string   `yaml:"url"`
	SecretFile    string   `yaml:"secret-file"`
	Tenant        string   `yaml:"tenant"`
	Events        []string `yaml:"events"`
	Days          []int    `yaml:"days"`
	Language      string   `yaml:"language"`
	AllowInternal bool     `yaml:"allow-internal"`
}

// Bounds of a file of webhooks. A secret shorter than this can be guessed from one
// signature.
const (
	maxConfig = 1 << 20
	maxHooks  = 100
	minSecret = 16
	maxDays   = 3650
)

// Read reads a file of webhooks, and the files of their secrets.
func Read(path string) ([]Hook, error) {
	data, err := userfile.Read(path, maxConfig)
	if err != nil {
		return nil, message.At(path, err)
	}
	var f configFile
	if err := strictyaml.Decode(data, &f); err != nil {
		return nil, message.At(path, strictyaml.Problem(err))
	}
	switch {
	case f.Schema != ConfigSchema:
		return nil, message.Error("notices.error.schema", message.Quote("got", f.Schema), message.Str("want", ConfigSchema)).At(path)
	case len(f.Webhooks) == 0 || len(f.Webhooks) > maxHooks:
		return nil, message.Error("notices.error.count", message.Int("most", maxHooks)).At(path)
	}
	var list []Hook
	for _, e := range f.Webhooks {
		h, err := e.hook()
		if err == nil && slices.ContainsFunc(list, func(o Hook) bool { return o.Name == h.Name }) {
			err = message.Error("notices.error.twice", message.Quote("name", h.Name))
		}
		if err != nil {
			return nil, message.At(path, err)
		}
		list = append(list, h)
	}
	return list, nil
}

func (e hookEntry) hook() (Hook, error) {
	h := Hook{Name: e.Name, URL: e.URL, Tenant: e.Tenant, Events: e.Events, Days: slices.Clone(e.Days), Internal: e.AllowInternal, Lang: cmp.Or(e.Language, message.Languages()[0])}
	if h.Tenant == "" {
		h.Tenant = store.DefaultTenant
	}
	if h.Events == nil {
		h.Events = []string{EventDeadline, EventFell}
	}
	if h.Days == nil {
		h.Days = []int{14, 7, 1}
	}
	slices.Sort(h.Days)
	slices.Reverse(h.Days)
	u, err := url.Parse(e.URL)
	wrong := func(id string, args ...message.Arg) (Hook, error) {
		return h, message.Error("notices.error."+id, append(args, message.Quote("name", e.Name))...)
	}
	switch {
	case e.Name == "" || len(e.Name) > 64:
		return wrong("name")
	case err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !e.AllowInternal):
		return wrong("url")
	case len(h.Events) == 0 || slices.ContainsFunc(h.Events, func(s string) bool { return s != EventDeadline && s != EventFell }):
		return wrong("events", message.Str("known", EventDeadline+", "+EventFell))
	case slices.ContainsFunc(h.Days, func(n int) bool { return n < 0 || n > maxDays }):
		return wrong("days", message.Int("most", maxDays))
	case !slices.Contains(message.Languages(), h.Lang):
		return wrong("language", message.Str("known", strings.Join(message.Languages(), ", ")))
	case e.SecretFile == "":
		return wrong("no-secret")
	}
	secret, err := userfile.Read(e.SecretFile, maxConfig)
	if err != nil {
		return h, message.At(e.SecretFile, err)
	}
	if h.Secret = []byte(strings.TrimSpace(string(secret))); len(h.Secret) < minSecret {
		return wrong("short-secret", message.Int("least", minSecret))
	}
	return h, nil
}
