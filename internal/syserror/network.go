package syserror

import (
	"crypto/tls"
	"crypto/x509"
	"net"

	"tlsready/internal/message"
)

// lookup is the text of a name or an address that leads nowhere.
func lookup(err error) message.Text {
	switch e := err.(type) {
	case *net.AddrError:
		return message.New("syserror.address", message.Quote("address", e.Addr))
	case *net.DNSError:
		return message.New("syserror."+lookupFailure(e), message.Str("name", e.Name))
	}
	return message.Text{}
}

func lookupFailure(e *net.DNSError) string {
	switch {
	case e.IsNotFound:
		return "dns-not-found"
	case e.IsTimeout:
		return "dns-timeout"
	}
	return "dns-failed"
}

// handshake is the text of a TLS handshake that failed.
func handshake(err error) message.Text {
	switch e := err.(type) {
	case tls.RecordHeaderError:
		return message.New("syserror.not-tls")
	case tls.AlertError:
		return message.New("syserror.alert", message.Int("code", uint8(e)), message.Str("name", e.Error()))
	}
	return message.Text{}
}

// certificate is the text of a server certificate that was refused.
func certificate(err error) message.Text {
	switch e := err.(type) {
	case x509.UnknownAuthorityError:
		return message.New("syserror.certificate-authority")
	case x509.HostnameError:
		return message.New("syserror.certificate-name", message.Quote("name", e.Host))
	case x509.SystemRootsError:
		return message.New("syserror.certificate-roots")
	case x509.CertificateInvalidError:
		if e.Reason == x509.Expired {
			return message.New("syserror.certificate-expired")
		}
		return message.New("syserror.certificate-invalid")
	}
	return message.Text{}
}
