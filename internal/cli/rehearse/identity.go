package rehearse

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/rehearse"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// maxPEM bounds a chain or a key: ten certificates of 2 KiB, with room.
const maxPEM = 1 << 20

// place is where the server listens.
type place struct {
	host     string
	loopback bool
}

// place reads --listen. Only the command line opens a rehearsal to other machines: a
// variable or a file that somebody left behind must not.
func (c *command) place(listen string) (place, error) {
	host, port, err := net.SplitHostPort(listen)
	if _, bad := net.LookupPort("tcp", port); err != nil || bad != nil || port == "" {
		return place{}, &judge.Mistake{Err: message.Error("rehearse.error.address", message.Quote("value", listen)).Hinted("rehearse.hint.address")}
	}
	a, err := netip.ParseAddr(host)
	p := place{host, host == "localhost" || err == nil && a.IsLoopback()}
	if !p.loopback && !c.OnCommandLine("listen") {
		return p, &judge.Mistake{Err: message.Error("rehearse.error.open", message.Str("address", listen)).Hinted("rehearse.hint.open", message.Str("address", listen))}
	}
	return p, nil
}

// identity is the certificates: those given, or throw-away ones.
func (c *command) identity(f *flags, p place) (*rehearse.Identity, error) {
	if f.cert != "" || f.key != "" {
		return c.given(f)
	}
	names, err := c.names(f.names, p)
	if err != nil {
		return nil, err
	}
	id, err := rehearse.ThrowAway(names, c.Now)
	if err != nil || f.root == "" {
		return id, err
	}
	if err := os.WriteFile(f.root, id.RootPEM(), 0o666); err != nil { // less the umask
		return nil, frame.CannotWrite(f.root, err)
	}
	c.Say(c.Text("rehearse.root", message.Str("path", f.root), message.List("names", names), message.Int("days", rehearse.CertificateDays)))
	return id, nil
}

func (c *command) given(f *flags) (*rehearse.Identity, error) {
	var parts [2][]byte
	for i, path := range []string{f.cert, f.key} {
		if path == "" {
			continue
		}
		text, err := userfile.Read(path, maxPEM)
		if err != nil {
			return nil, frame.CannotRead(path, err)
		}
		parts[i] = text
	}
	switch {
	case f.cert == "" || f.key == "":
		return nil, &judge.Mistake{Err: message.Error("rehearse.error.pair").Hinted("rehearse.hint.pair")}
	case f.root != "":
		return nil, &judge.Mistake{Err: message.Error("rehearse.error.root-given").Hinted("rehearse.hint.root-given")}
	}
	id, err := rehearse.Given(parts[0], parts[1])
	if err != nil {
		return nil, &judge.Mistake{Err: message.Error("rehearse.error.certificate", message.Str("cert", f.cert), message.Str("key", f.key), message.Cause("why", err)).Hinted("rehearse.hint.certificate")}
	}
	return id, nil
}

// names are those of the throw-away certificate: those asked for, the address that is
// listened at, and this machine's.
func (c *command) names(asked []string, p place) ([]string, error) {
	var list []string
	add := func(name string) {
		if name != "" && rehearse.IsName(name) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	for _, name := range asked {
		if name = strings.ToLower(strings.TrimSuffix(name, ".")); !rehearse.IsName(name) {
			return nil, &judge.Mistake{Err: message.Error("rehearse.error.name", message.Quote("value", name)).Hinted("rehearse.hint.name")}
		}
		add(name)
	}
	a, err := netip.ParseAddr(p.host)
	every := p.host == "" || err == nil && a.IsUnspecified()
	if !every {
		add(strings.ToLower(p.host))
	}
	if !p.loopback {
		machine, _ := os.Hostname() // without one the addresses are enough
		add(strings.ToLower(machine))
	}
	if every {
		addresses, _ := net.InterfaceAddrs()
		for _, at := range addresses {
			if network, ok := at.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
				add(network.IP.String())
			}
		}
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		add(name)
	}
	return list, nil
}
