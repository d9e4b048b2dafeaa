// Package collector holds the tests that run the collector script.
package collector
