// Package web is what the rooms of the console share: who asks, what a route needs, in
// which language it is answered, and how a mistake is said.
package web

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"tlsready/internal/message"
)

// Route is one thing that the server answers.
type Route struct {
	// Pattern is one of [http.ServeMux], with a method.
	Pattern string
	Needs   Right
	Handle  http.HandlerFunc
	// Early says that it is answered before it is found out who asks, which takes the store.
	Early bool
}

// languageCookie keeps the choice of a language.
const languageCookie = "lang"

// Language is the language in which a request is answered: the choice made (?lang= or its
// cookie), else the browser's.
func Language(r *http.Request) string {
	if asked := r.URL.Query().Get("lang"); slices.Contains(message.Languages(), asked) {
		return asked
	}
	if c, err := r.Cookie(languageCookie); err == nil && slices.Contains(message.Languages(), c.Value) {
		return c.Value
	}
	known := message.Languages()
	tags := make([]language.Tag, len(known))
	for i, name := range known {
		tags[i] = language.Make(name)
	}
	_, at := language.MatchStrings(language.NewMatcher(tags), r.Header.Get("Accept-Language"))
	return known[at]
}

// Keep remembers the choice of a language.
func Keep(w http.ResponseWriter, r *http.Request, lang string) {
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
}

// IsAPI says whether a request is a program's, which is answered in JSON.
func IsAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }
