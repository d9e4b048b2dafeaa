package cli

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/source"
	"tlsready/internal/source/list"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
	"tlsready/internal/wire"
)

// allWindows is the --as that stands for every modelled client.
const allWindows = "all-windows"

// helloPrefix begins the name of a client that is a recorded hello.
const helloPrefix = "hello:"

// maxHelloFile is the most bytes of a --hello file: a hello has at most 16 KiB as a
// rule, in hex and with line breaks three times that.
const maxHelloFile = 1 << 18

// clientCallers are the callers that each Windows version is simulated with: one
// for each stack, in 64 bits.
func clientCallers() []string {
	return []string{"schannel", "winhttp-x64", "dotnet-3.5-x64", "dotnet-4.5.2-x64", "dotnet-4.7.2-x64", "powershell-5.1-x64"}
}

// simClient is one client to simulate: a caller on a host, or a recorded hello.
type simClient struct {
	id     string
	view   *host.View
	caller *caller.Caller
	build  int
	hello  *wire.ClientHello // of --hello; nil for a modelled client
	sends  [][]send          // by row: the hellos that stand for it
}

// send is one hello of a row and what the client means by it: without
// supported_versions the same bytes may stand for different lowest versions.
type send struct {
	hello int // in simulator.hellos
	offer tlsready.Offer
}

// clients makes the clients of --as and --hello, each once.
func (r *probeRun) clients(ctx context.Context, model *stack.Model) ([]simClient, error) {
	var list []simClient
	seen := map[string]bool{}
	add := func(more []simClient, err error) error {
		for _, c := range more {
			if !seen[c.id] {
				seen[c.id] = true
				list = append(list, c)
			}
		}
		return err
	}
	as := r.flags.as
	if len(as) == 0 && len(r.flags.hello) == 0 && r.flags.accepting != "" {
		as = []string{allWindows}
	}
	for _, one := range as {
		if err := add(r.clientsOf(ctx, model, one)); err != nil {
			return nil, err
		}
	}
	for _, file := range r.flags.hello {
		c, err := r.app.recordedClient(file)
		if err := add([]simClient{c}, err); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// clientsOf makes the clients of one --as: all-windows, a Windows version, one with
// a caller, or the host of a snapshot.
func (r *probeRun) clientsOf(ctx context.Context, model *stack.Model, as string) ([]simClient, error) {
	if path, ok := strings.CutPrefix(as, "host:"); ok {
		s, err := source.ReadOne(ctx, path, source.Options{Stdin: r.app.In, Kinds: list.Kinds(), Warn: r.app.warnf})
		if err != nil {
			return nil, r.app.sourceError(err)
		}
		return r.clientsOn(firstOf(s.Name, "host"), host.NewView(s), clientCallers())
	}
	windows, callerID, named := strings.Cut(as, "/")
	var list []simClient
	var known []string
	for _, system := range model.Systems() {
		known = append(known, system.ID)
		if as != allWindows && system.ID != windows {
			continue
		}
		callers := clientCallers()
		if named {
			callers = []string{callerID}
			if _, ok, _ := caller.ByID(callerID); !ok { // "winhttp" is the 64-bit one
				if _, ok, _ := caller.ByID(callerID + "-x64"); ok {
					callers[0] += "-x64"
				}
			}
		}
		bare := host.NewView(&host.Snapshot{OS: system.OS, Covered: []string{"HKLM", "HKCU"}}).AssumingUpdates()
		more, err := r.clientsOn(system.ID, bare, callers)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	if len(list) == 0 {
		return nil, r.app.unknownClient(as, windows, known)
	}
	return list, nil
}

func (app *App) unknownClient(as, windows string, known []string) error {
	e := app.usageError("client", message.Str("value", as)).(*UserError)
	if near := nearest(windows, append(known, allWindows)); near != "" {
		e.Hint = app.text("cli.hint.did-you-mean", message.Str("near", near))
	}
	return e
}

func (r *probeRun) clientsOn(name string, v *host.View, callers []string) ([]simClient, error) {
	list := make([]simClient, 0, len(callers))
	for _, id := range callers {
		c, err := r.app.readCaller(id)
		if err != nil {
			return nil, err
		}
		if v.OS.X86() && strings.HasSuffix(id, "-x64") && len(callers) > 1 {
			continue
		}
		list = append(list, simClient{id: name + "/" + c.ID, view: v, caller: c, build: v.OS.Build})
	}
	return list, nil
}

// recordedClient reads a hello that was seen: raw bytes, hex or base64, with or
// without the record header.
func (app *App) recordedClient(file string) (simClient, error) {
	info, err := os.Stat(file)
	if err != nil {
		return simClient{}, app.cannotRead(file, err)
	}
	if info.Size() > maxHelloFile {
		return simClient{}, app.usageError("hello", message.Str("path", file), message.Str("why", fmt.Sprintf("it has more than %d bytes", maxHelloFile)))
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return simClient{}, app.cannotRead(file, err)
	}
	h, err := parseHello(data)
	if err != nil {
		return simClient{}, app.usageError("hello", message.Str("path", file), message.Str("why", err.Error()))
	}
	return simClient{id: helloPrefix + file, hello: h}, nil
}

// parseHello reads a hello in any of the forms in which tools write one down.
func parseHello(data []byte) (*wire.ClientHello, error) {
	h, err := parseRawHello(data)
	if err == nil {
		return h, nil
	}
	text := strings.Join(strings.Fields(strings.NewReplacer(":", "", "0x", "", ",", "").Replace(string(data))), "")
	if raw, bad := hex.DecodeString(text); bad == nil && len(raw) > 0 {
		return parseRawHello(raw)
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding} {
		if raw, bad := encoding.DecodeString(strings.Join(strings.Fields(string(data)), "")); bad == nil && len(raw) > 0 {
			return parseRawHello(raw)
		}
	}
	return nil, err
}

func parseRawHello(data []byte) (*wire.ClientHello, error) {
	if len(data) > 4 && data[0] == byte(wire.TypeClientHello) && int(data[1])<<16|int(data[2])<<8|int(data[3]) == len(data)-4 {
		return wire.ParseClientHello(data)
	}
	var reader wire.Reader
	_, _ = reader.Write(data)
	m, ok, err := reader.Next()
	switch {
	case err != nil:
		return nil, fmt.Errorf("not a ClientHello: %w", err)
	case !ok:
		return nil, fmt.Errorf("the ClientHello is cut off after %d bytes", len(data))
	case m.Content == wire.ContentSSL2:
		return wire.ParseSSL2ClientHello(m.Data)
	case m.Content != wire.ContentHandshake || m.Type != wire.TypeClientHello:
		return nil, fmt.Errorf("it holds another message than a ClientHello")
	}
	h, err := wire.ParseClientHello(m.Data)
	if err == nil {
		h.RecordVersion = m.RecordVersion
	}
	return h, err
}

// distinctHello is an offer that one or more clients make in the same bytes.
type distinctHello struct {
	offer    tlsready.Offer
	style    wire.Style
	recorded *wire.ClientHello
}

// simulator holds clients against endpoints. It is safe for concurrent use.
type simulator struct {
	judge   *verdict.Judge
	prober  *probe.Prober
	clients []simClient
	hellos  []distinctHello
}

// maxHellos is the most distinct hellos that one endpoint is sent. All modelled
// clients together make about a third of that; beyond it clients are computed only.
const maxHellos = 256

// newSimulator finds the distinct hellos of the clients.
func newSimulator(judge *verdict.Judge, prober *probe.Prober, clients []simClient) (*simulator, error) {
	s := &simulator{judge: judge, prober: prober, clients: clients}
	places := map[string]int{}
	for i := range s.clients {
		c := &s.clients[i]
		if c.hello != nil {
			c.sends = [][]send{s.place(places, c.id, distinctHello{offer: c.hello.Offer(), recorded: c.hello})}
			continue
		}
		for _, row := range judge.Host(c.view, []*caller.Caller{c.caller}, demandOf(nothingKnown())).Rows {
			sends, err := s.placesOf(places, row.Offer, c.build)
			if err != nil {
				return nil, err
			}
			c.sends = append(c.sends, sends)
		}
	}
	return s, nil
}

// nothingKnown makes a prediction look at every axis.
func nothingKnown() tlsready.Acceptance {
	return tlsready.Acceptance{
		Versions: tlsready.UnknownOf[tlsready.Version](), Suites: tlsready.UnknownOf[tlsready.Suite](),
		Groups: tlsready.UnknownOf[tlsready.Group](), SignatureAlgorithms: tlsready.UnknownOf[tlsready.SignatureScheme](),
	}
}

func demandOf(a tlsready.Acceptance) verdict.Demand {
	return verdict.Demand{Phases: []verdict.Phase{{Accepts: a}}}
}

// placesOf finds the hellos of an offer: one, or two where parts of it are not
// known; none where there is nothing to say.
func (s *simulator) placesOf(places map[string]int, o tlsready.Offer, build int) ([]send, error) {
	var list []send
	for _, maybe := range []bool{false, true} {
		offer, sure := settled(o, maybe)
		if maybe && sure {
			break
		}
		d := distinctHello{offer: offer, style: wire.SchannelStyle(build)}
		h, err := d.make("example.com", nil)
		if err != nil {
			continue // no version, so nothing to send
		}
		bytes, err := h.Records(0)
		if err != nil {
			return nil, err
		}
		list = append(list, s.place(places, string(bytes), d)...)
	}
	return list, nil
}

func (s *simulator) place(places map[string]int, key string, d distinctHello) []send {
	at, ok := places[key]
	if !ok {
		if len(s.hellos) == maxHellos {
			return nil
		}
		at = len(s.hellos)
		places[key] = at
		s.hellos = append(s.hellos, d)
	}
	return []send{{at, d.offer}}
}

// settled is an offer with or without what depends on facts not known; sure says
// that there is no such thing in it.
func settled(o tlsready.Offer, with bool) (out tlsready.Offer, sure bool) {
	sure = true
	keep := func(maybe bool) bool {
		sure = sure && !maybe
		return with || !maybe
	}
	out = o
	out.Versions, out.Suites, out.Groups, out.SignatureAlgorithms = nil, nil, nil, nil
	for _, v := range o.Versions {
		if keep(v.Maybe) {
			out.Versions = append(out.Versions, tlsready.OfferedVersion{Version: v.Version})
		}
	}
	for _, x := range o.Suites {
		if keep(x.Maybe) {
			out.Suites = append(out.Suites, tlsready.OfferedSuite{Suite: x.Suite, Group: x.Group})
		}
	}
	for _, x := range o.Groups {
		if keep(x.Maybe) {
			out.Groups = append(out.Groups, tlsready.OfferedGroup{Group: x.Group})
		}
	}
	for _, x := range o.SignatureAlgorithms {
		if keep(x.Maybe) {
			out.SignatureAlgorithms = append(out.SignatureAlgorithms, tlsready.OfferedScheme{Scheme: x.Scheme})
		}
	}
	return out, sure
}

// make writes the hello for a server name. The random bytes are those of the
// project, not of a client: nothing is decrypted with them.
func (d distinctHello) make(name string, shares func(...tlsready.Group) []wire.KeyShare) (*wire.ClientHello, error) {
	if d.recorded != nil {
		return d.recorded, nil
	}
	opts := wire.HelloOptions{Random: make([]byte, 32), ServerName: name, Style: d.style}
	for i := range opts.Random {
		opts.Random[i] = byte(i) ^ 0x5a
	}
	if d.offer.Max() == tlsready.TLS13 {
		opts.SessionID = opts.Random
		if shares != nil {
			opts.KeyShares = firstShare(d.offer, shares)
		}
	}
	return wire.FromOffer(d.offer, opts)
}

// firstShare makes a key share for the first group of the offer for which there is
// one. Without any the server asks for one, which is an answer too.
func firstShare(o tlsready.Offer, shares func(...tlsready.Group) []wire.KeyShare) []wire.KeyShare {
	for _, g := range o.Groups {
		if list := shares(g.Group); len(list) > 0 {
			return list
		}
	}
	return nil
}
