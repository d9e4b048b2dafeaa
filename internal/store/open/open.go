// Package open opens the store that a name means.
package open

import (
	"context"
	"strings"

	"tlsready/internal/store"
	"tlsready/internal/store/postgres"
	"tlsready/internal/store/sqlite"
)

// Database opens a database: a URL of PostgreSQL, or a file of SQLite.
func Database(ctx context.Context, where string, o store.Options) (store.Database, error) {
	if IsURL(where) {
		return postgres.Open(ctx, where, o)
	}
	return sqlite.Open(ctx, where, o)
}

// IsURL says whether a name is the URL of a server.
func IsURL(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}
