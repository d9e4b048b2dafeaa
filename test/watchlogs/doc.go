// Package watchlogs holds the reading of logs against logs that real servers wrote: it
// starts nginx and HAProxy on loopback, from their Debian packages, and connects to them
// with OpenSSL in several versions of TLS.
package watchlogs
