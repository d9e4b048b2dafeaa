// Package apply_test reads and changes a real registry: that of Wine.
package apply_test
