// Package hives holds the tests that read real registry hives.
package hives
