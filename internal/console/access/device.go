package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/store"
)

// A browser in which somebody signed in with a password keeps a cookie of it: whoever floods
// that name with wrong passwords from elsewhere does not keep its owner out, who is counted
// apart (owasp.org, "Slow Down Online Guessing Attacks with Device Cookies"). The cookie
// lets nobody in.

// deviceLife is how long a browser stays known after a sign-in; browsers keep no cookie for
// more than 400 days (RFC 6265bis, section 5.5).
const deviceLife = 365 * 24 * time.Hour

// deviceName is the name of the cookie for a user: those who share a browser have one each.
func (g *Guard) deviceName(user string) string {
	sum := sha256.Sum256([]byte(user))
	return g.sessions.Cookie.Name + "_known_" + hex.EncodeToString(sum[:6])
}

// deviceCookie makes a browser a known one for a user.
func (g *Guard) deviceCookie(u store.User) *http.Cookie {
	nonce, at := rand.Text(), strconv.FormatInt(g.o.Now().Unix(), 10)
	return &http.Cookie{
		Name: g.deviceName(u.Name), Value: nonce + "." + at + "." + deviceSeal(u, nonce, at), Path: "/", MaxAge: int(deviceLife.Seconds()),
		HttpOnly: true, Secure: g.o.TLS, SameSite: http.SameSiteStrictMode,
	}
}

// deviceSeal signs the cookie of a user. The key is what is kept of the password, which has
// the randomness of its salt and which nobody is shown: another password makes all browsers
// unknown, and each server over the store knows the same ones.
func deviceSeal(u store.User, nonce, at string) string {
	mac := hmac.New(sha256.New, []byte(u.Password))
	mac.Write([]byte("tlsready device\x00" + u.Name + "\x00" + nonce + "\x00" + at))
	return hex.EncodeToString(mac.Sum(nil))
}

// device tells apart the browsers that are known for a user; "" if the one that asks is not.
func (g *Guard) device(r *http.Request, user string) (string, error) {
	kept, err := r.Cookie(g.deviceName(user))
	if err != nil {
		return "", nil
	}
	parts := strings.Split(kept.Value, ".")
	if len(parts) != 3 {
		return "", nil
	}
	u, err := g.accounts.User(r.Context(), user)
	if gone := (*store.NoUserError)(nil); errors.As(err, &gone) {
		return "", nil
	}
	if err != nil {
		return "", away(err)
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	over := err != nil || g.o.Now().Sub(time.Unix(seconds, 0)) > deviceLife
	if u.Password == "" || over || !same(parts[2], deviceSeal(u, parts[0], parts[1])) {
		return "", nil
	}
	return u.Name + " " + parts[0], nil
}
