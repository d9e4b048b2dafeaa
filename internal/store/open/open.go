// Package open opens the store that a name means.
package open

import (
	"context"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/postgres"
	"tlsready/internal/store/sqlite"
)

// Database opens a database: a URL of PostgreSQL, or a file of SQLite. A URL of anything else
// is a mistake, and no name of a file that is to be made.
func Database(ctx context.Context, where string, o store.Options) (store.Database, error) {
	if strings.Contains(where, "://") && !IsURL(where) {
		return nil, message.Error("store.url").Hinted("store.hint.no-file")
	}
	if IsURL(where) {
		if hasPassword(where) {
			return nil, message.Error("store.url-password").Hinted("store.hint.sign-in")
		}
		return postgres.Open(ctx, where, o)
	}
	return sqlite.Open(ctx, where, o)
}

// IsURL says whether a name is the URL of a server.
func IsURL(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}

// IsAway says whether an error of a queue is that its server does not answer, and may come
// back.
func IsAway(err error) bool { return postgres.IsAway(err) }

// hasPassword says whether a URL has a password in it: those of a command line are seen by
// everybody on the machine, and stand in reports and in the history of a shell.
func hasPassword(where string) bool {
	_, rest, _ := strings.Cut(where, "://")
	authority, _, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 && strings.Contains(authority[:at], ":") {
		return true
	}
	_, query, _ := strings.Cut(where, "?")
	return strings.Contains(strings.ToLower(query), "password=")
}
