package smb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

	"tlsready/internal/source/remote/peer"
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

// hintTicket is for whoever named no user and has no ticket.
const hintTicket = "write smb://USER@%s, or get a Kerberos ticket first: kinit USER@REALM"

// initiator gets the ticket for a machine, which may ask the domain controller.
func (k *Tickets) initiator(ctx context.Context, t peer.Target) (smb2.Initiator, error) {
	if net.ParseIP(t.Host) != nil {
		return nil, failure(t, "no user is named, and Kerberos tickets are for names, not for addresses", fmt.Sprintf(hintTicket, "NAME"), nil)
	}
	k.once.Do(func() { k.client, k.err = k.load() })
	if k.err != nil {
		return nil, failure(t, "no user is named, and there is no Kerberos ticket to use", fmt.Sprintf(hintTicket, t.Host), k.err)
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
		return failure(t, "the domain knows no machine of this name ("+name+")", "write the name as the domain has it, such as fs01.example.com", nil)
	}
	return failure(t, "there is no Kerberos ticket for it", "check that the domain controller can be reached, and the clock; get a new ticket with kinit", err)
}

// load reads the ticket file and the configuration.
func (k *Tickets) load() (c *client.Client, err error) {
	defer func() { // the library's reader of ticket files trusts their lengths
		if failure := recover(); failure != nil {
			c, err = nil, errors.New("the ticket file is damaged")
		}
	}()
	path, err := k.path()
	if err != nil {
		return nil, err
	}
	cache, err := credentials.LoadCCache(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, plain(err))
	}
	realm := cache.GetClientRealm()
	tgt, ok := cache.GetEntry(types.NewPrincipalName(nametype.KRB_NT_SRV_INST, "krbtgt/"+realm))
	if !ok {
		return nil, fmt.Errorf("%s: it holds no ticket of the realm %s", path, realm)
	}
	if tgt.EndTime.Unix() <= 0 {
		return nil, fmt.Errorf("%s: the ticket file is damaged", path)
	}
	if tgt.EndTime.Before(k.now()) {
		return nil, fmt.Errorf("%s: the ticket expired on %s", path, tgt.EndTime.UTC().Format("2006-01-02 15:04:05Z"))
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
	return "", fmt.Errorf("tickets are kept in %s, and only files can be read: set KRB5CCNAME=FILE:PATH and run kinit", name)
}

// config reads the configuration; without one, domain controllers are found by
// name service.
func (k *Tickets) config(realm string) (*config.Config, error) {
	path, _, _ := strings.Cut(cmp.Or(k.Config, "/etc/krb5.conf"), string(os.PathListSeparator))
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && k.Config == "" {
		cfg := config.New()
		cfg.LibDefaults.DefaultRealm, cfg.LibDefaults.DNSLookupKDC = realm, true
		return cfg, nil
	}
	var cfg *config.Config
	if err == nil {
		cfg, err = config.NewFromString(string(text))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, plain(err))
	}
	cfg.LibDefaults.DefaultRealm = cmp.Or(cfg.LibDefaults.DefaultRealm, realm)
	return cfg, nil
}

// plain is the error below the name of the file, which stands before it already.
func plain(err error) error {
	var below *fs.PathError
	if errors.As(err, &below) {
		return below.Err
	}
	return err
}
