package document

import (
	"slices"

	"tlsready"
)

// OfferOf shows an offer: each axis a list in the client's order, null if an
// item in it is not known.
func OfferOf(o tlsready.Offer) *Offer {
	out := &Offer{Versions: []tlsready.Version{}, Suites: []string{}, Groups: []string{}, SignatureAlgorithms: []string{}, ServerName: o.ServerName}
	for _, v := range o.Versions {
		if v.Maybe {
			out.Versions = nil
			break
		}
		out.Versions = append(out.Versions, v.Version)
	}
	for _, s := range o.Suites {
		if !fitsAny(s.Suite, o.Versions) {
			continue // a hello lists what it could use
		}
		if s.Maybe {
			out.Suites = nil
			break
		}
		out.Suites = appendOnce(out.Suites, s.Suite.String())
	}
	for _, g := range o.Groups {
		if g.Maybe {
			out.Groups = nil
			break
		}
		out.Groups = appendOnce(out.Groups, g.Group.String())
	}
	for _, s := range o.SignatureAlgorithms {
		if s.Maybe {
			out.SignatureAlgorithms = nil
			break
		}
		out.SignatureAlgorithms = appendOnce(out.SignatureAlgorithms, s.Scheme.String())
	}
	return out
}

func fitsAny(s tlsready.Suite, versions []tlsready.OfferedVersion) bool {
	return slices.ContainsFunc(versions, func(v tlsready.OfferedVersion) bool { return s.Fits(v.Version) })
}

// appendOnce shows a suite once that stands in a list with several curves.
func appendOnce(list []string, name string) []string {
	if slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}

// Accept shows an acceptance. An axis of which a part is not known is shown as
// unknown: a list would say that nothing else is taken.
func Accept(a tlsready.Acceptance) *Acceptance {
	out := &Acceptance{Versions: whole(a.Versions), Suites: whole(a.Suites), Groups: whole(a.Groups), SignatureAlgorithms: whole(a.SignatureAlgorithms), DHBits: a.DHBits}
	if a.Certificate != (tlsready.Certificate{}) {
		out.ServerCertificate = &Certificate{KeyType: a.Certificate.KeyType, KeyBits: a.Certificate.KeyBits}
		if a.Certificate.Signature != 0 {
			out.ServerCertificate.Signature = a.Certificate.Signature.String()
		}
	}
	return out
}

func whole[T comparable](a tlsready.Axis[T]) tlsready.Axis[T] {
	if a.IsUnknown() || len(a.Open()) > 0 {
		return tlsready.UnknownOf[T]()
	}
	return a
}
