package smb

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cloudsoda/go-smb2"
	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/types"

	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/userfile"
)

// Limits of files in bytes. A ticket takes at most 64 KB with the groups of its
// account; krb5.conf names some realms and servers.
const (
	maxCache     = 16 << 20
	maxKerberos5 = 1 << 20
)

// Tickets are the Kerberos tickets of whoever runs the program, as kinit leaves
// them in a file (RFC 4120; MIT's credential cache file format). They are read at
// the first use, and serve all machines of a run.
type Tickets struct {
	Cache  string           // KRB5CCNAME; "" is the usual file of the user
	Config string           // KRB5_CONFIG; "" is /etc/krb5.conf
	Now    func() time.Time // nil is the clock

	once   sync.Once
	client *client.Client
	err    error
}

// initiator gets the ticket for a machine, which may ask the domain controller.
func (k *Tickets) initiator(ctx context.Context, t peer.Target) (smb2.Initiator, error) {
	if net.ParseIP(t.Host) != nil {
		return nil, peer.Failure(t, "smb.ticket-address").Hinted("smb.hint.ticket", message.Str("host", "NAME"))
	}
	k.once.Do(func() { k.client, k.err = k.load() })
	if k.err != nil {
		return nil, peer.Failure(t, "smb.no-ticket").From(k.err).Hinted("smb.hint.ticket", message.Str("host", t.Host))
	}
	name := "cifs/" + t.Host
	done := make(chan error, 1)
	go func() { // the library takes no context; it gives up by itself after some seconds
		_, _, err := k.client.GetServiceTicket(name)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return nil, noTicket(t, name, err)
		}
	case <-ctx.Done():
		return nil, peer.Late(t, ctx.Err())
	}
	return &smb2.Krb5Initiator{Client: k.client, TargetSPN: name}, nil
}

// noTicket is a domain controller that gives none for this machine, or none at all.
func noTicket(t peer.Target, name string, err error) error {
	if strings.Contains(err.Error(), "S_PRINCIPAL_UNKNOWN") {
		return peer.Failure(t, "smb.ticket-name", message.Str("name", name)).Hinted("smb.hint.ticket-name")
	}
	return peer.Failure(t, "smb.ticket-none").From(err).Hinted("smb.hint.ticket-none")
}

// load reads the ticket file and the configuration.
func (k *Tickets) load() (c *client.Client, err error) {
	defer func() { // the library's reader of ticket files trusts their lengths
		if failure := recover(); failure != nil {
			c, err = nil, message.Error("smb.ticket-damaged")
		}
	}()
	path, err := k.path()
	if err != nil {
		return nil, err
	}
	cache := new(credentials.CCache)
	data, err := userfile.Read(path, maxCache)
	if err == nil {
		err = cache.Unmarshal(data)
	}
	if err != nil {
		return nil, message.At(path, userfile.Why(err))
	}
	realm := cache.GetClientRealm()
	tgt, ok := cache.GetEntry(types.NewPrincipalName(nametype.KRB_NT_SRV_INST, "krbtgt/"+realm))
	if !ok {
		return nil, message.Error("smb.ticket-realm", message.Str("realm", realm)).At(path)
	}
	if tgt.EndTime.Unix() <= 0 {
		return nil, message.Error("smb.ticket-damaged").At(path)
	}
	if tgt.EndTime.Before(k.now()) {
		return nil, message.Error("smb.ticket-expired", message.Str("time", tgt.EndTime.UTC().Format("2006-01-02 15:04:05Z"))).At(path)
	}
	cfg, err := k.config(realm)
	if err != nil {
		return nil, err
	}
	return client.NewFromCCache(cache, cfg, client.DisablePAFXFAST(true))
}

func (k *Tickets) now() time.Time {
	if k.Now == nil {
		return time.Now()
	}
	return k.Now()
}

// path is the ticket file. Caches that are no files belong to other programs.
func (k *Tickets) path() (string, error) {
	name := cmp.Or(k.Cache, "FILE:"+filepath.Join(os.TempDir(), "krb5cc_"+strconv.Itoa(os.Getuid())))
	kind, path, ok := strings.Cut(name, ":")
	switch {
	case !ok || len(kind) == 1 || filepath.IsAbs(name): // a bare path, on Windows with its drive
		return name, nil
	case strings.EqualFold(kind, "FILE"):
		return path, nil
	}
	return "", message.Error("smb.ticket-cache", message.Str("cache", name))
}

// config reads the configuration; without one, domain controllers are found by
// name service.
func (k *Tickets) config(realm string) (*config.Config, error) {
	path, _, _ := strings.Cut(cmp.Or(k.Config, "/etc/krb5.conf"), string(os.PathListSeparator))
	text, err := userfile.Read(path, maxKerberos5)
	if errors.Is(err, fs.ErrNotExist) && k.Config == "" || path == os.DevNull { // the usual way to say: none
		cfg := config.New()
		cfg.LibDefaults.DefaultRealm, cfg.LibDefaults.DNSLookupKDC = realm, true
		return cfg, nil
	}
	var cfg *config.Config
	if err == nil {
		cfg, err = config.NewFromString(string(text))
	}
	if err != nil {
		return nil, message.At(path, userfile.Why(err))
	}
	cfg.LibDefaults.DefaultRealm = cmp.Or(cfg.LibDefaults.DefaultRealm, realm)
	return cfg, nil
}
