// Package servers holds the tests of probe against the mail, directory, database
// and other servers that begin TLS inside their own protocol. They start each one
// on loopback, from its Debian package.
package servers
