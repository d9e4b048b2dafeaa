package access

import (
	"strings"
	"time"

	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// Wanted says what a token is to be.
type Wanted struct {
	Name   string // what it is for, in the words of who makes it
	Kind   store.TokenKind
	Role   string // of a token for the API
	Tenant string
	// Host is the computer that a token for enrolment is bound to; "" for any.
	Host string
	// Certificate is the name in the certificate of a worker or a program, which takes the
	// place of a secret.
	Certificate string
	By          string
	Now, Until  time.Time // Until may be zero, for ever
}

// Issue makes a token and its secret, which nobody sees again; "" for a certificate.
func Issue(want Wanted) (t store.Token, secret string, err error) {
	name := strings.TrimSpace(want.Name)
	switch {
	case name == "" || len(name) > maxName || store.Text(name) != name:
		return t, "", message.Error("access.error.token-name", message.Int("most", maxName))
	case want.Kind != store.TokenAPI && want.Kind != store.TokenEnrol && want.Kind != store.TokenWorker:
		return t, "", message.Error("access.error.kind", message.Quote("kind", cut(string(want.Kind))), message.List("known", Kinds()))
	case want.Kind == store.TokenAPI && roleOf(want.Role) == web.Open:
		return t, "", message.Error("access.error.role", message.Quote("role", cut(want.Role)), message.List("known", Roles()))
	case want.Certificate != "" && want.Kind == store.TokenEnrol:
		return t, "", message.Error("access.error.certificate")
	}
	t = store.Token{Name: name, Kind: want.Kind, Tenant: want.Tenant, Single: want.Kind == store.TokenEnrol, Host: want.Host, CreatedBy: want.By, Created: want.Now, Expires: want.Until}
	if want.Kind == store.TokenAPI {
		t.Role = want.Role
	}
	if want.Certificate != "" {
		t.Hash = CertificateHash(want.Certificate)
		return t, "", nil
	}
	secret = NewToken(want.Kind)
	t.Hash = store.TokenHash(secret)
	return t, secret, nil
}

// Kinds are the kinds of tokens.
func Kinds() []string {
	return []string{string(store.TokenAPI), string(store.TokenEnrol), string(store.TokenWorker)}
}
