package access

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// byToken is the program that shows a token (RFC 6750, section 2.1).
func (g *Guard) byToken(r *http.Request, said string) (store.Token, error) {
	scheme, secret, _ := strings.Cut(said, " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") {
		return store.Token{}, unknownToken("scheme")
	}
	if !whole(secret) {
		return store.Token{}, unknownToken("damaged")
	}
	from := block(source(r, g.o.Proxies))
	t, err := g.accounts.UseToken(r.Context(), store.TokenHash(secret), g.o.Now())
	if bad := (*store.TokenError)(nil); errors.As(err, &bad) {
		// No token can be guessed: what is bounded is the audit log, and never one that is good.
		if err := turn(g.badTokens, from); err != nil {
			return store.Token{}, err
		}
		g.note(r, store.AuditEntry{Who: t.Name, Tenant: t.Tenant, Action: "token", What: bad.Reason, Outcome: refused})
		return store.Token{}, unknownToken(bad.Reason)
	}
	if err != nil {
		return store.Token{}, away(err)
	}
	if t.Single && !t.Used.IsZero() { // whoever sends the same again may; it costs as much as one that is not good
		return t, turn(g.badTokens, from)
	}
	return t, nil
}

// unknownToken says what is wrong with a token.
func unknownToken(why string) error {
	return web.Mistake(http.StatusUnauthorized, message.Error("access.error.token-"+why).Hinted("access.hint.token"))
}

// holder is who has a token.
func holder(t store.Token) web.Visitor {
	v := web.Visitor{Name: t.Name, Tenant: t.Tenant, Token: true, ID: string(t.Hash)}
	switch t.Kind {
	case store.TokenEnrol:
		v.Right, v.Spends = web.Enrol, t.Hash
	case store.TokenWorker:
		v.Right = web.Work
	case store.TokenAPI:
		v.Right = roleOf(t.Role)
	}
	return v
}

// byCertificate is the worker or the program that showed a certificate in the handshake,
// which was held to --client-ca there. A certificate whose names were given to none lets
// nobody in.
func (g *Guard) byCertificate(r *http.Request) (web.Visitor, error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return web.Visitor{}, nil
	}
	leaf := r.TLS.VerifiedChains[0][0]
	for _, name := range append(slices.Clone(leaf.DNSNames), leaf.Subject.CommonName) { // requests of one connection share the leaf
		t, err := g.accounts.UseToken(r.Context(), CertificateHash(name), g.o.Now())
		if bad := (*store.TokenError)(nil); errors.As(err, &bad) {
			continue
		}
		if err != nil {
			return web.Visitor{}, away(err)
		}
		return holder(t), nil
	}
	return web.Visitor{}, nil
}
