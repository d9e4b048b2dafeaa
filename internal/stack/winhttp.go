package stack

import (
	"strconv"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Bits of DefaultSecureProtocols and SecureProtocols (WinHTTP option flags).
const (
	bitSSL20 = 0x8
	bitSSL30 = 0x20
	bitTLS10 = 0x80
	bitTLS11 = 0x200
	bitTLS12 = 0x800
	bitTLS13 = 0x2000
)

// Bit is the bit of a version in DefaultSecureProtocols and SecureProtocols.
func Bit(v tlsready.Version) uint32 {
	switch v {
	case tlsready.SSL20:
		return bitSSL20
	case tlsready.SSL30:
		return bitSSL30
	case tlsready.TLS10:
		return bitTLS10
	case tlsready.TLS11:
		return bitTLS11
	case tlsready.TLS12:
		return bitTLS12
	case tlsready.TLS13:
		return bitTLS13
	}
	return 0
}

func bitsOf(list []tlsready.Version) (bits uint32) {
	for _, v := range list {
		bits |= Bit(v)
	}
	return bits
}

// winhttp is the choice of a program on WinHTTP's default protocols: the value
// DefaultSecureProtocols in the view of its bitness, else the system's default.
// The value is read only by systems that know it.
func (p *predictor) winhttp() {
	ref := p.refs.winhttp[view(p.view.OS, p.stack.Wow)]
	value, state, ev := p.dword(ref)
	standard, dropped := p.winhttpDefault()
	if state == host.WrongType {
		p.warn("wrong-type", valueArgs(ref)...)
	}
	switch {
	case state == host.Present && value == 0:
		p.fire("winhttp-value-zero", ev)
		p.choose(standard, 0)
	case state == host.Present:
		p.winhttpValue(value, standard, ev)
	case state == host.NotAsked:
		p.miss(tlsready.StepVersion, ref)
		p.fire("winhttp-not-asked", ev)
		p.choose(0, ^uint32(0))
	default:
		p.tell("winhttp-os-default", []message.Arg{message.Str("bits", hexBits(standard))}, ev)
		p.choose(standard&^dropped, standard)
	}
}

// winhttpValue is the value if it is there; a system that lacks the update keeps its default.
func (p *predictor) winhttpValue(value, standard uint32, ev Evidence) {
	known := tlsready.Yes
	if p.sys.WinHTTPUpdate != "" {
		known = p.need(tlsready.StepVersion, p.sys.WinHTTPUpdate)
	}
	switch known {
	case tlsready.Yes:
		p.tell("winhttp-value", []message.Arg{message.Str("bits", hexBits(value))}, ev)
		p.choose(value, value)
	case tlsready.No:
		p.tell("winhttp-needs-update", []message.Arg{message.Str("update", p.sys.WinHTTPUpdate)}, ev)
		p.choose(standard, standard)
	default:
		p.tell("winhttp-update-not-asked", []message.Arg{message.Str("update", p.sys.WinHTTPUpdate)}, ev)
		p.choose(value&standard, value|standard)
	}
}

func (p *predictor) winhttpDefault() (standard, dropped uint32) {
	return p.dropped(bitsOf(p.sys.WinHTTP))
}

// dropped takes from a system's default what left it with a later update; what may
// have left it is given apart. TLS 1.0 and 1.1 left the defaults of WinHTTP and of
// WinINET on 2022-09-20 (KB5017811).
func (p *predictor) dropped(standard uint32) (kept, doubtful uint32) {
	d := p.sys.Dropped
	switch {
	case d.Revision == 0:
	case p.view.OS.Revision >= d.Revision || p.view.AssumesUpdates():
		standard &^= bitsOf(d.Versions)
	case p.view.OS.Revision == 0:
		doubtful = bitsOf(d.Versions) & standard
	}
	return standard, doubtful
}

// choose offers the versions of sure, and perhaps those of most, as far as
// Schannel lets them pass.
func (p *predictor) choose(sure, most uint32) {
	p.offer(func(v tlsready.Version) tlsready.Answer {
		bit := Bit(v)
		if (sure|most)&bit == 0 || v == tlsready.SSL20 {
			return tlsready.No
		}
		answer := tlsready.Yes
		if sure&bit == 0 {
			answer = tlsready.Unknown
		}
		if p.sys.WinHTTPNeedsSchannel && p.stack.Kind == WinHTTP {
			return both(answer, p.disputedAnswer(v))
		}
		return both(answer, p.namedAnswer(v))
	})
}

// disputedAnswer is whether Schannel lets a version pass that WinHTTP names, on a
// system where it is off by default. The KB asks for Schannel's own value too;
// Microsoft's support and the field say that the update and WinHTTP's value are
// enough, and a version that is named outranks "off by default" elsewhere. So it is
// unknown.
func (p *predictor) disputedAnswer(v tlsready.Version) tlsready.Answer {
	byDefault := p.defaultAnswer(v)
	st := p.protocol(v, Client)
	if byDefault != tlsready.No || st.named == tlsready.No || st.rule != "schannel-os-default-off" {
		return byDefault
	}
	p.fire("winhttp-schannel-disputed", st.evidence[:]...)
	return tlsready.Unknown
}

func hexBits(bits uint32) string { return "0x" + strconv.FormatUint(uint64(bits), 16) }
