package recipe_test

import (
	"net"
	"strconv"
	"testing"

	"tlsready/internal/recipe"
)

// Proves that host:port is taken apart as net does it, and that a port is a number that
// there is.
func FuzzSplitEndpoint(f *testing.F) {
	for _, text := range []string{
		"", ":", "a", "a:1", "a:443", "[::1]:443", "::1:443", "[a:1", "a]:1", "[a]:1", "[]:1", "[[a]]:1", "a:b:1", "a:0", "a:65536", "a:-1", "a:x", "[a]b:1", "[a:1]", "[a]", "a:1:",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, port, err := recipe.SplitEndpoint(text)
		wantName, wantPort, wantErr := net.SplitHostPort(text)
		number, notNumber := strconv.Atoi(wantPort)
		fine := wantErr == nil && notNumber == nil && number > 0 && number < 65536
		if fine != (err == nil) || fine && (name != wantName || port != number) {
			t.Errorf("%q: %q, %d, %v; net says %q, %q, %v", text, name, port, err, wantName, wantPort, wantErr)
		}
	})
}
