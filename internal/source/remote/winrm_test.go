package remote

import (
	"fmt"
	"strings"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/winrm"
	"tlsready/internal/source/remote/winrm/winrmtest"
)

// Proves that a mistyped password is tried on three machines at most over WinRM
// too, whatever they log in with, and that the others say why they were not asked.
func TestWinRMKeepsAccount(t *testing.T) {
	for _, offers := range [][]string{{"Negotiate"}, {"Basic"}} {
		s := winrmtest.Start(t, &winrmtest.Server{User: "admin", Domain: "CORP", Password: password, Offers: offers}, nil)
		opt := Options{Passwords: &peer.Passwords{Environment: password + "x"}, Dial: s.Dial, WinRM: winrm.Options{CA: s.CA(t)}}
		var urls []string
		for port := range 12 {
			urls = append(urls, fmt.Sprintf("winrm://admin@%s:%d", winrmtest.Host, 6000+port))
		}
		refused, kept := 0, 0
		for h, err := range source.Read(t.Context(), urls, source.Options{Schemes: Schemes(opt)}) {
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case h.Err == nil || message.HintOf(h.Err).IsZero():
				t.Errorf("%s: %v", h.ID, h.Err)
			case strings.Contains(h.Err.Error(), "did not take user and password"):
				refused++
			case strings.Contains(h.Err.Error(), "not tried"):
				kept++
			default:
				t.Errorf("%s: %v", h.ID, h.Err)
			}
		}
		if refused != maxRefused || kept != len(urls)-maxRefused || s.Refused() != maxRefused {
			t.Errorf("%v: %d refused, %d not tried; the machines refused %d", offers, refused, kept, s.Refused())
		}
	}
}

// Proves which machines cannot be reached without a password.
func TestNeedsPassword(t *testing.T) {
	byCertificate := Options{WinRM: winrm.Options{Certificate: "a.pem", Key: "b.pem"}}
	for _, c := range []struct {
		url  string
		opt  Options
		want bool
	}{
		{"smb://admin@fs01", Options{}, true},
		{"smb://admin@fs01", byCertificate, true},
		{"smb://fs01", Options{}, false},
		{"ssh://admin@fs01", Options{}, false},
		{"winrm://admin@fs01", Options{}, true},
		{"winrm://admin@fs01:5985", Options{}, true},
		{"winrm://admin@fs01", byCertificate, false},
		{"winrm://fs01", byCertificate, false},
	} {
		target, err := peer.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.opt.NeedsPassword(target); got != c.want {
			t.Errorf("%s with certificate %v: %v", c.url, c.opt.WinRM.HasCertificate(), got)
		}
	}
}
