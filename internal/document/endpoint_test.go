package document

import "testing"

// Proves that an address which is not the target itself is named with it.
func TestEndpointName(t *testing.T) {
	for _, c := range []struct{ target, address, want string }{
		{"lab.example.com:443", "192.0.2.1", "lab.example.com:443 (192.0.2.1)"},
		{"192.0.2.1:443", "192.0.2.1", "192.0.2.1:443"},
		{"[2001:db8::1]:443", "2001:db8::1", "[2001:db8::1]:443"},
		{"lab.example.com:443", "", "lab.example.com:443"},
		{"", "192.0.2.1", " (192.0.2.1)"},
	} {
		if got := (&Endpoint{Target: c.target, Address: c.address}).Name(); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
