// Package admit says who reaches a server and how: the flags of TLS and of signing in, and
// the commands about users and tokens.
package admit

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tlsready/internal/console/access"
	"tlsready/internal/console/listen"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// Flags say who reaches the server, and how.
type Flags struct {
	cert, key, clientCA, publicURL          string
	issuer, clientID, secretFile, rolesFile string
	proxies                                 []string
	link                                    bool
}

// Add adds them to a command.
func (a *Flags) Add(set *pflag.FlagSet) {
	set.BoolVar(&a.link, "link", false, "")
	set.StringVar(&a.cert, "cert", "", "")
	set.StringVar(&a.key, "key", "", "")
	set.StringVar(&a.clientCA, "client-ca", "", "")
	set.StringVar(&a.publicURL, "public-url", "", "")
	set.StringSliceVar(&a.proxies, "trusted-proxy", nil, "")
	set.StringVar(&a.issuer, "oidc-issuer", "", "")
	set.StringVar(&a.clientID, "oidc-client-id", "", "")
	set.StringVar(&a.secretFile, "oidc-secret-file", "", "")
	set.StringVar(&a.rolesFile, "oidc-roles", "", "")
}

// Way is how a server is reached.
type Way struct {
	tls      *tls.Config // nil without
	oidc     *access.OIDC
	proxies  []netip.Prefix
	public   *url.URL // nil if nobody said it
	loopback bool     // this machine alone reaches it
	link     bool     // as long as there is no administrator, the printed link alone lets in
}

// maxSecret bounds the files of a secret and of rules.
const maxSecret = 1 << 20

func wrong(id string, args ...message.Arg) *message.Problem {
	return message.Error("serve.error."+id, args...).Hinted("serve.hint." + id)
}

// Read reads the flags, for an address to listen on. What it refuses is a mistake in what
// was asked for.
func (a *Flags) Read(getenv func(string) string, listenOn string, log *slog.Logger) (w Way, err error) {
	if w.loopback, err = loopback(listenOn); err != nil {
		return w, err
	}
	w.link = a.link
	for _, step := range []func(*Way) error{func(w *Way) error { return a.readTLS(w, log) }, a.readPublic, a.readProxies, func(w *Way) error { return a.readOIDC(w, getenv) }} {
		if err := step(&w); err != nil {
			return w, &judge.Mistake{Err: err}
		}
	}
	if !w.loopback && w.tls == nil {
		return w, &judge.Mistake{Err: wrong("open", message.Str("address", listenOn))}
	}
	return w, nil
}

func (a *Flags) readTLS(w *Way, log *slog.Logger) (err error) {
	for _, path := range []string{a.cert, a.key, a.clientCA} {
		if err := checkFile(path); err != nil {
			return err
		}
	}
	switch {
	case (a.cert == "") != (a.key == ""):
		return wrong("half")
	case a.cert == "" && a.clientCA != "":
		return wrong("client-ca")
	case a.cert == "":
		return nil
	}
	w.tls, err = listen.Config(listen.Files{Cert: a.cert, Key: a.key, ClientCA: a.clientCA}, log)
	return err
}

func (a *Flags) readPublic(w *Way) error {
	if a.publicURL == "" {
		return nil
	}
	u, err := url.Parse(a.publicURL)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return wrong("public", message.Quote("value", a.publicURL))
	}
	u.Path = ""
	if host, _ := netip.ParseAddr(u.Hostname()); u.Scheme != "https" && u.Hostname() != "localhost" && !host.IsLoopback() {
		return wrong("public", message.Quote("value", a.publicURL))
	}
	w.public = u
	return nil
}

func (a *Flags) readProxies(w *Way) error {
	for _, text := range a.proxies {
		p, err := netip.ParsePrefix(text)
		if one, bad := netip.ParseAddr(text); err != nil && bad == nil {
			p, err = one.Prefix(one.BitLen())
		}
		if err != nil {
			return wrong("proxy", message.Quote("value", text))
		}
		w.proxies = append(w.proxies, p.Masked())
	}
	return nil
}

func (a *Flags) readOIDC(w *Way, getenv func(string) string) error {
	var m access.Mapping
	secret := getenv("TLSREADY_OIDC_SECRET")
	for _, f := range []struct {
		path string
		read func([]byte) error
	}{
		{a.secretFile, func(data []byte) error { secret = strings.TrimSpace(string(data)); return nil }},
		{a.rolesFile, func(data []byte) (err error) { m, err = access.ReadMapping(data); return err }},
	} {
		if f.path == "" {
			continue
		}
		data, err := userfile.Read(f.path, maxSecret)
		if err != nil {
			return message.At(f.path, userfile.Why(err))
		}
		if err := f.read(data); err != nil {
			return message.At(f.path, err)
		}
	}
	if a.issuer == "" && a.clientID == "" && a.rolesFile == "" && a.secretFile == "" {
		return nil
	}
	u, err := url.Parse(a.issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" {
		return wrong("issuer", message.Quote("value", a.issuer))
	}
	if a.clientID == "" || a.rolesFile == "" || w.public == nil {
		return wrong("oidc")
	}
	w.oidc = &access.OIDC{Issuer: a.issuer, ClientID: a.clientID, Secret: secret, Back: w.public.String(), Roles: m}
	return nil
}

// Guard is the one who finds out who asks, and the path at which the one who started the
// server begins.
func (w Way) Guard(ctx context.Context, db store.Database, tenant string, at net.Addr, log *slog.Logger) (g *access.Guard, path string, err error) {
	o := access.Options{
		Store: db, Tenant: tenant, Now: time.Now, Log: log, TLS: w.secure(), Cookie: "tlsready", Proxies: w.proxies, OIDC: w.oidc, Cost: access.Strong(),
	}
	if _, port, err := net.SplitHostPort(at.String()); err == nil {
		o.Cookie += "_" + port // the browser sends cookies to every port of a host
	}
	switch {
	case w.public != nil:
		o.Names = []string{strings.ToLower(w.public.Hostname())}
	case w.loopback:
		o.Names = []string{}
	}
	path = "/"
	if administered, err := access.Administered(ctx, db.Accounts()); err != nil || !administered && w.loopback && w.public == nil {
		if err != nil {
			return nil, "", err
		}
		if o.Trust = !w.link; w.link {
			o.Key = rand.Text()
			path = access.LinkPath(o.Key)
		}
	}
	g, err = access.New(o)
	return g, path, err
}

// secure says whether people reach the server by https.
func (w Way) secure() bool { return w.tls != nil || w.public != nil && w.public.Scheme == "https" }

// Address is where people find a server that listens there.
func (w Way) Address(at net.Addr) string {
	switch {
	case w.public != nil:
		return w.public.String()
	case w.tls != nil:
		return "https://" + at.String()
	}
	return "http://" + at.String()
}

// Closed refuses to be reached by others as long as nobody could sign in.
func (w Way) Closed(ctx context.Context, a store.Accounts) error {
	if w.loopback && w.public == nil || w.oidc != nil {
		return nil
	}
	administered, err := access.Administered(ctx, a)
	if err != nil || administered {
		return err
	}
	return &judge.Mistake{Err: wrong("nobody")}
}

// Listener speaks TLS, if the server does.
func (w Way) Listener(l net.Listener) net.Listener {
	if w.tls == nil {
		return l
	}
	return tls.NewListener(l, w.tls)
}

// loopback says whether an address is one that this machine alone reaches.
func loopback(listen string) (bool, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false, &judge.Mistake{Err: message.Error("serve.error.address", message.Quote("value", listen)).Hinted("serve.hint.address")}
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback(), nil
}
