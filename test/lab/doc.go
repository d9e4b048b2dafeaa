// Package lab holds servers of known settings, so that what the prober says can be
// held against the truth. Its tests need the openssl command.
package lab
