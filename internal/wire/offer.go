package wire

import (
	"slices"

	"tlsready/internal/message"

	"tlsready"
)

// Offer is what the hello offers: GREASE and signalling suites left out, the rest
// in its order. Without supported_versions the hello states its maximum alone, and
// the offer is not Exact.
func (h *ClientHello) Offer() tlsready.Offer {
	o := tlsready.Offer{ServerName: h.ServerName() != ""}
	versions := withoutGREASE(h.SupportedVersions())
	if o.Exact = len(versions) > 0; !o.Exact {
		versions = []tlsready.Version{h.Version}
	}
	for _, v := range versions {
		o.Versions = append(o.Versions, tlsready.OfferedVersion{Version: v})
	}
	for _, s := range h.Suites {
		if !s.Info().Signalling && (s > 0xffff || !IsGREASE(uint16(s))) {
			o.Suites = append(o.Suites, tlsready.OfferedSuite{Suite: s})
		}
	}
	for _, g := range withoutGREASE(h.Groups()) {
		o.Groups = append(o.Groups, tlsready.OfferedGroup{Group: g})
	}
	for _, s := range withoutGREASE(h.SignatureAlgorithms()) {
		o.SignatureAlgorithms = append(o.SignatureAlgorithms, tlsready.OfferedScheme{Scheme: s})
	}
	return o
}

// HelloOptions is what a hello made from an offer needs besides the offer. The zero value gives
// a plain hello without the extensions in which Windows versions differ.
type HelloOptions struct {
	Random     []byte // 32 bytes
	SessionID  []byte // TLS 1.3 clients send 32 bytes (RFC 8446 appendix D.4)
	ServerName string // sent where the offer says that the client names the server
	KeyShares  []KeyShare
	ALPN       []string
	// Maybe takes in what the offer marks as depending on facts not known.
	Maybe bool
	Style Style
}

// Style is what differs between Schannel's hellos of different Windows versions besides the
// lists of the offer.
type Style struct {
	StatusRequest        bool // asks for a stapled OCSP answer
	SessionTicket        bool
	ExtendedMasterSecret bool
	RenegotiationFirst   bool // below TLS 1.2 renegotiation_info stands at the front, not at the end
}

// SchannelStyle is the style of a Windows build. Session tickets came to the
// client with Windows 8, build 9200 ([MS-TLSP] appendix A). Of the extended master
// secret the sources say Windows 10 or earlier; here it begins with build 10240,
// the first for which they agree. On Windows 7 renegotiation_info stands first in
// hellos without TLS 1.2 and last in those with it (measured: captures).
func SchannelStyle(build int) Style {
	return Style{
		StatusRequest:        build >= 6000,
		SessionTicket:        build >= 9200,
		ExtendedMasterSecret: build >= 10240,
		RenegotiationFirst:   build < 9200,
	}
}

// FromOffer makes the hello that a client with this offer sends. It is an error if the offer
// has no version, because such a client would say nothing.
//
// A client of SSL 2.0 speaks in the form of SSL 2.0, which has no extensions; SSL 3.0 has none
// either, and uses the renegotiation SCSV instead (RFC 5746 section 3.4).
func FromOffer(o tlsready.Offer, opts HelloOptions) (*ClientHello, error) {
	versions := offeredVersions(o, opts.Maybe)
	if len(versions) == 0 {
		return nil, message.Error("wire.no-version")
	}
	top := versions[0]
	h := &ClientHello{Version: min(top, tlsready.TLS12), Random: opts.Random, SessionID: opts.SessionID, Compression: []byte{0}}
	h.RecordVersion = h.Version                                                              // measured: a capture of Remote Desktop; others write TLS 1.0 here
	h.SSL2 = slices.Contains(versions, tlsready.SSL20) && top.Rank() < tlsready.TLS12.Rank() // "mutually exclusive" (SCHANNEL_CRED)
	h.Suites = offeredSuites(o, versions, opts.Maybe)
	switch {
	case h.SSL2:
		h.SessionID, h.Compression, h.RecordVersion = nil, nil, tlsready.SSL20
		if len(h.Random) > 16 {
			h.Random = h.Random[:16] // the challenge that Windows sends
		}
		fallthrough
	case top.Rank() < tlsready.TLS10.Rank():
		if top >= tlsready.SSL30 {
			h.Suites = append(h.Suites, renegotiationSCSV)
		}
		return h, nil
	}
	h.Extensions = schannelExtensions(o, opts, versions, h)
	return h, nil
}

// renegotiationSCSV stands for the renegotiation_info extension (RFC 5746 section
// 3.3).
const renegotiationSCSV tlsready.Suite = 0x00ff

// offeredVersions lists the versions, best first.
func offeredVersions(o tlsready.Offer, maybe bool) []tlsready.Version {
	var list []tlsready.Version
	for _, v := range o.Versions {
		if maybe || !v.Maybe {
			list = append(list, v.Version)
		}
	}
	slices.SortStableFunc(list, func(a, b tlsready.Version) int { return b.Rank() - a.Rank() })
	return list
}

// offeredSuites lists the suites that fit one of the versions, each once: on
// Windows 8.1 and older one suite stands several times, with its curves.
func offeredSuites(o tlsready.Offer, versions []tlsready.Version, maybe bool) []tlsready.Suite {
	var list []tlsready.Suite
	for _, s := range o.Suites {
		fits := func(v tlsready.Version) bool { return s.Suite.Fits(v) }
		if (maybe || !s.Maybe) && slices.ContainsFunc(versions, fits) && !slices.Contains(list, s.Suite) {
			list = append(list, s.Suite)
		}
	}
	return list
}

// offeredGroups lists the groups, those to which suites are tied included.
func offeredGroups(o tlsready.Offer, maybe bool) []tlsready.Group {
	var list []tlsready.Group
	add := func(g tlsready.Group, unsure bool) {
		if g != 0 && (maybe || !unsure) && !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	for _, g := range o.Groups {
		add(g.Group, g.Maybe)
	}
	for _, s := range o.Suites {
		add(s.Group, s.Maybe)
	}
	return list
}

func offeredSchemes(o tlsready.Offer, maybe bool) []tlsready.SignatureScheme {
	var list []tlsready.SignatureScheme
	for _, s := range o.SignatureAlgorithms {
		if maybe || !s.Maybe {
			list = append(list, s.Scheme)
		}
	}
	return list
}

// schannelExtensions lists the extensions in the order of Schannel's hellos.
func schannelExtensions(o tlsready.Offer, opts HelloOptions, versions []tlsready.Version, h *ClientHello) []Extension {
	list := []Extension{}
	add := func(when bool, e Extension) {
		if when {
			list = append(list, e)
		}
	}
	groups, schemes := offeredGroups(o, opts.Maybe), offeredSchemes(o, opts.Maybe)
	curves := len(groups) > 0 && slices.ContainsFunc(h.Suites, usesGroup)
	modern := versions[0].Rank() > tlsready.TLS12.Rank()
	first := opts.Style.RenegotiationFirst && versions[0].Rank() < tlsready.TLS12.Rank()
	add(first, RenegotiationInfoExtension())
	add(o.ServerName && opts.ServerName != "", ServerNameExtension(opts.ServerName))
	add(opts.Style.StatusRequest, StatusRequestExtension())
	add(curves, GroupsExtension(groups))
	add(curves, PointFormatsExtension())
	add(versions[0].Rank() >= tlsready.TLS12.Rank() && len(schemes) > 0, SignatureAlgorithmsExtension(schemes))
	add(opts.Style.SessionTicket, Extension{Type: ExtSessionTicket})
	add(len(opts.ALPN) > 0, ALPNExtension(opts.ALPN...))
	add(opts.Style.ExtendedMasterSecret, Extension{Type: ExtExtendedMasterSecret})
	add(modern, SupportedVersionsExtension(versions))
	add(modern, PSKModesExtension())
	add(modern, KeyShareExtension(opts.KeyShares...))
	add(!first, RenegotiationInfoExtension())
	return list
}

// usesGroup says whether a suite needs supported_groups.
func usesGroup(s tlsready.Suite) bool {
	switch s.Info().KeyExchange {
	case tlsready.ECDHE, tlsready.ECDH, tlsready.ECDHEPSK, tlsready.TLS13KeyExchange:
		return true
	}
	return false
}
