package formats_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/observe"
	"tlsready/internal/observe/logs"
	"tlsready/internal/observe/logs/formats"
)

// read is what a log gives.
func read(t testing.TB, text string, o formats.Options) ([]observe.Connection, observe.Coverage, error) {
	t.Helper()
	var list []observe.Connection
	coverage, err := logs.Read(context.Background(), strings.NewReader(text), "log", o, func(c observe.Connection) error {
		list = append(list, c)
		return nil
	})
	return list, coverage, err
}

// line says a connection in one line, with what is there.
func line(c observe.Connection) string {
	var b strings.Builder
	word := func(name, value string) {
		if value != "" {
			b.WriteString(" " + name + "=" + value)
		}
	}
	b.WriteString(c.Time.UTC().Format("2006-01-02T15:04:05.999999999Z"))
	if c.Client.IsValid() {
		word("client", c.Client.String())
	}
	if c.Via.IsValid() {
		word("via", c.Via.String())
	}
	if c.Server.IsValid() {
		word("server", c.Server.String())
	}
	word("clientname", c.ClientName)
	word("host", c.ServerHost)
	word("sni", c.ServerName)
	if n := c.Negotiated; n != nil {
		word("got", n.Version.String())
		if n.HasSuite {
			word("suite", n.Suite.String())
		}
		if n.Group != 0 {
			word("group", n.Group.String())
		}
	}
	if o := c.Offered; o != nil {
		if o.Max != 0 {
			word("max", o.Max.String())
		}
		for _, v := range o.Versions {
			word("offers", v.String())
		}
		for _, s := range o.Suites {
			word("suite", s.String())
		}
		for _, g := range o.Groups {
			word("group", g.String())
		}
	}
	if c.Refused {
		word("refused", "yes")
	}
	if c.Alert != nil {
		who := "client"
		if c.Alert.FromServer {
			who = "server"
		}
		word("alert", c.Alert.Description.String()+"/"+who)
	}
	i := c.Identity
	word("ua", i.UserAgent)
	word("principal", i.Principal)
	word("account", i.Account)
	word("cert", i.ClientCertificate)
	word("servercert", i.ServerCertificate)
	word("process", i.Process)
	word("ja3", i.JA3)
	word("ja4", i.JA4)
	word("stack", i.Stack)
	if c.Transport == observe.QUIC {
		word("transport", "quic")
	}
	for _, name := range slices.Sorted(maps.Keys(i.Fields)) {
		word(name, i.Fields[name])
	}
	return b.String()
}

// example is a log that a format must read, written after the sources that the format
// names.
type example struct {
	name, text string
	want       []string // as line says it
	options    formats.Options
}

// examples are the logs of each format, by its id.
func examples() map[string][]example {
	return map[string][]example{
		"combined": combinedSamples(),
		"iis":      iisSamples(),
		"zeek":     zeekSamples(),
		"nginx":    nginxSamples(), "nginx-error": nginxErrorSamples(), "apache": apacheSamples(), "haproxy": haproxySamples(),
		"alb": albSamples(), "alb-connections": albConnectionsSamples(), "nlb": nlbSamples(), "elb": elbSamples(), "cloudtrail": cloudtrailSamples(), "cloudfront": cloudfrontSamples(), "azure-storage": azureStorageSamples(),
		"azure-sql": azureSQLSamples(), "entra": entraSamples(), "schannel": schannelSamples(), "exchange": exchangeSamples(), "suricata": suricataSamples(), "envoy": envoySamples(), "postfix": postfixSamples(), "xrdp": xrdpSamples(), "tlsready": tlsreadySamples(),
	}
}

// Proves that each format reads its own logs, tells them from all others by their
// content, and that the list of formats and that of examples are the same.
func TestFormats(t *testing.T) {
	all := examples()
	if len(all) != len(formats.List()) {
		t.Errorf("%d formats, and examples of %d", len(formats.List()), len(all))
	}
	for _, f := range formats.List() {
		for _, e := range all[f.ID] {
			t.Run(f.ID+"/"+e.name, func(t *testing.T) {
				list, coverage, err := read(t, e.text, e.options)
				if err != nil || len(coverage.Losses) > 0 {
					t.Errorf("%v, %+v", err, coverage.Losses)
				}
				var got []string
				for _, c := range list {
					if c.Format != f.ID || c.Source != "log" || c.Line == 0 || c.Transport != observe.TCP && f.ID != "tlsready" {
						t.Errorf("format %q, source %q, line %d, transport %q", c.Format, c.Source, c.Line, c.Transport)
					}
					got = append(got, line(c))
				}
				if !slices.Equal(got, e.want) {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(e.want, "\n"))
				}
			})
		}
	}
}
