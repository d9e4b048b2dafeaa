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
		p.out.Fired = append(p.out.Fired, Fired{Rule: "winhttp-os-default", Args: []message.Arg{message.Str("bits", hexBits(standard))}, Evidence: []Evidence{ev}})
		p.choose(standard&^dropped, standard)
	}
}

// winhttpValue is the value where it is there; a system that lacks the update
// goes on with its default.
func (p *predictor) winhttpValue(value, standard uint32, ev Evidence) {
	known := tlsready.Yes
	if p.sys.WinHTTPUpdate != "" {
		known = p.need(tlsready.StepVersion, p.sys.WinHTTPUpdate)
	}
	switch known {
	case tlsready.Yes:
		p.out.Fired = append(p.out.Fired, Fired{Rule: "winhttp-value", Args: []message.Arg{message.Str("bits", hexBits(value))}, Evidence: []Evidence{ev}})
		p.choose(value, value)
	case tlsready.No:
		p.out.Fired = append(p.out.Fired, Fired{Rule: "winhttp-needs-update", Args: []message.Arg{message.Str("update", p.sys.WinHTTPUpdate)}, Evidence: []Evidence{ev}})
		p.choose(standard, standard)
	default:
		p.out.Fired = append(p.out.Fired, Fired{Rule: "winhttp-update-not-asked", Args: []message.Arg{message.Str("update", p.sys.WinHTTPUpdate)}, Evidence: []Evidence{ev}})
		p.choose(value&standard, value|standard)
	}
}

// winhttpDefault is the system's default, and the bits that may have left it
// with a later update (KB5017811).
func (p *predictor) winhttpDefault() (standard, dropped uint32) {
	standard = bitsOf(p.sys.WinHTTP)
	d := p.sys.WinHTTPDropped
	switch {
	case d.Revision == 0:
	case p.view.OS.Revision >= d.Revision || p.view.AssumesUpdates():
		standard &^= bitsOf(d.Versions)
	case p.view.OS.Revision == 0:
		dropped = bitsOf(d.Versions)
	}
	return standard, dropped
}

// choose offers the versions of sure, and perhaps those of most, as far as
// Schannel lets them pass: named, or on by default where the system's WinHTTP
// needs that too (KB3140245 on Windows 7 and Server 2008 R2).
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
			return both(answer, p.defaultAnswer(v))
		}
		return both(answer, p.namedAnswer(v))
	})
}

func hexBits(bits uint32) string { return "0x" + strconv.FormatUint(uint64(bits), 16) }
