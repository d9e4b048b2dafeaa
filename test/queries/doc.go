// Package queries puts what "tlsready queries" writes to DuckDB, and holds it against the
// grammar of Kusto.
package queries
