// Package work is what jobs are about: the orders that people and schedules give, the
// batches that these are split into, and how a batch is done, here or by a worker at a
// site, which sends what it found in parts. It knows no queue and no database.
package work

import (
	"context"
	"regexp"
	"slices"

	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/starttls"
	"tlsready/internal/store"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
)

// Kind is what a job does.
type Kind string

// The kinds of jobs.
const (
	Collect Kind = "collect" // read machines
	Probe   Kind = "probe"   // ask endpoints what they accept
	Recheck Kind = "recheck" // judge the newest settings of all hosts again
	Import  Kind = "import"  // read a folder of whatever check reads
)

// Kinds are all of them.
func Kinds() []Kind { return []Kind{Collect, Probe, Recheck, Import} }

// Order is work as it is ordered. Sources and targets are named as on the command line.
type Order struct {
	Kind   Kind   `json:"kind"`
	Tenant string `json:"tenant"`
	// Site is where the workers stand that do it; "" is the server itself.
	Site string `json:"site,omitempty"`

	// Sources are machines by URL, or by name if Via says how they are reached
	// (collect), files and folders (collect without a site, import).
	Sources []string `json:"sources,omitempty"`
	Hosts   string   `json:"hosts,omitempty"` // a file with more of them, one a line
	Via     string   `json:"via,omitempty"`   // such as smb://admin@
	OS      string   `json:"os,omitempty"`    // of sources that do not say it

	Targets  []string `json:"targets,omitempty"` // host:port, addresses, ranges (probe)
	Lists    []string `json:"lists,omitempty"`   // files with more of them
	StartTLS string   `json:"starttls,omitempty"`
	All      bool     `json:"all,omitempty"` // find out everything, not versions alone

	// Services are judged (recheck, collect and import), or their endpoints are probed.
	Services []string `json:"services,omitempty"`
	On       string   `json:"on,omitempty"`      // the day for which it is judged, YYYY-MM-DD
	Callers  []string `json:"callers,omitempty"` // in place of those of the services
}

// Bounds of an order that comes from outside: more than that is a list in a file.
const (
	maxNamed = 10_000
	maxWord  = 2048
)

// siteName is a name that fits into a header, a log and a configuration.
var siteName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// IsSite says whether a word can name a site.
func IsSite(word string) bool { return siteName.MatchString(word) }

// Check says what is wrong with an order. With outside it comes from a person at another
// machine, who may not name the server's own files, nor machines that are read: the server
// would go there with an account and a password that the administrator gave it for those of
// the file of schedules. A target is one endpoint then, and no range.
func (o *Order) Check(outside bool) error {
	switch {
	case !slices.Contains(Kinds(), o.Kind):
		return message.Error("jobs.error.kind", message.Quote("value", string(o.Kind)), message.List("known", words(Kinds())))
	case o.Site != "" && !IsSite(o.Site):
		return message.Error("jobs.error.site", message.Quote("value", o.Site))
	case o.Site != "" && (o.Kind == Recheck || o.Kind == Import):
		return message.Error("jobs.error.no-site", message.Str("kind", string(o.Kind))).Hinted("jobs.hint.no-site")
	case o.StartTLS != "" && starttls.DefaultPort(o.StartTLS) == 0:
		return message.Error("jobs.error.starttls", message.Quote("value", o.StartTLS), message.List("known", starttls.Protocols()))
	}
	if err := store.CheckTenant(o.Tenant); err != nil {
		return err
	}
	if _, err := service.ParseDate(o.On); o.On != "" && err != nil {
		return err
	}
	if err := o.checkSize(); err != nil {
		return err
	}
	if field := o.foreign(); field != "" {
		return message.Error("jobs.error.field", message.Str("field", field), message.Str("kind", string(o.Kind)))
	}
	if outside {
		if err := o.checkOutside(); err != nil {
			return err
		}
	}
	return o.checkEnough()
}

func (o *Order) checkOutside() error {
	switch {
	case o.Kind == Collect || o.Kind == Import:
		return message.Error("jobs.error.outside", message.Str("kind", string(o.Kind))).Hinted("jobs.hint.outside")
	case o.namesFiles():
		return message.Error("jobs.error.files").Hinted("jobs.hint.files")
	}
	for _, word := range o.Targets {
		if !isOne(word) {
			return message.Error("jobs.error.target", message.Quote("value", word)).Hinted("jobs.hint.target")
		}
	}
	return nil
}

// isOne says whether a word is one endpoint, as host:port.
func isOne(word string) bool {
	t := &survey.Targets{Lists: []survey.TargetList{{Words: []string{word}}}}
	if n, err := t.Check(); n != 1 || err != nil {
		return false
	}
	for one := range t.All(context.Background()) {
		return one.String() == word
	}
	return false
}

// checkEnough refuses an order that names nothing to be done.
func (o *Order) checkEnough() error {
	id := ""
	switch {
	case (o.Kind == Collect || o.Kind == Import) && len(o.Sources) == 0 && o.Hosts == "":
		id = "jobs.error.no-sources"
	case o.Kind == Probe && len(o.Targets)+len(o.Lists)+len(o.Services) == 0:
		id = "jobs.error.no-targets"
	case o.Kind == Recheck && len(o.Services) == 0:
		id = "jobs.error.no-services"
	}
	if id == "" {
		return nil
	}
	return message.Error(id, message.Str("kind", string(o.Kind)))
}

func (o *Order) checkSize() error {
	lists := [][]string{o.Sources, o.Targets, o.Lists, o.Services, o.Callers, {o.Hosts, o.Via, o.OS}}
	for _, list := range lists {
		if len(list) > maxNamed {
			return message.Error("jobs.error.many", message.Int("most", maxNamed)).Hinted("jobs.hint.many")
		}
		for _, word := range list {
			if len(word) > maxWord || store.Text(word) != word {
				return message.Error("jobs.error.word", message.Quote("value", word[:min(len(word), 80)]), message.Int("most", maxWord))
			}
		}
	}
	return nil
}

// foreign names a field that is given and that the kind does not have.
func (o *Order) foreign() string {
	for _, f := range []struct {
		name  string
		given bool
		of    []Kind
	}{
		{"sources", len(o.Sources) > 0, []Kind{Collect, Import}},
		{"hosts", o.Hosts != "", []Kind{Collect}},
		{"via", o.Via != "", []Kind{Collect}},
		{"os", o.OS != "", []Kind{Collect, Import}},
		{"targets", len(o.Targets) > 0, []Kind{Probe}},
		{"lists", len(o.Lists) > 0, []Kind{Probe}},
		{"starttls", o.StartTLS != "", []Kind{Probe}},
		{"all", o.All, []Kind{Probe}},
		{"on", o.On != "", []Kind{Collect, Import, Recheck}},
		{"callers", len(o.Callers) > 0, []Kind{Collect, Import, Recheck}},
	} {
		if f.given && !slices.Contains(f.of, o.Kind) {
			return f.name
		}
	}
	return ""
}

// namesFiles says whether files are named, which would be those of the server. The error
// about a file tells something of what is in it.
func (o *Order) namesFiles() bool {
	for _, name := range slices.Concat(o.Services, o.Callers) {
		if judge.IsFile(name) || len(name) > len(judge.ServerPrefix) && name[:len(judge.ServerPrefix)] == judge.ServerPrefix {
			return true
		}
	}
	return len(o.Lists) > 0
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = string(one)
	}
	return out
}
