// Package syserror gives words to the errors that do not come from this program:
// those of the operating system, of the network, of TLS and of Go's own readers,
// and the names that the vocabulary, which imports nothing, does not know.
// The edge hands [Text] to the catalog ([message.Catalog.WithCauses]), so that no
// other room has to know what a system calls its errors.
package syserror

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"syscall"

	"tlsready/internal/message"
)

// Text is what a foreign error says; the zero text if it is not known. What
// the standard library wraps around a cause (the operation, the path, the address)
// is left out: whoever reports the error names the place. What anybody else wraps
// around it is kept with it.
func Text(err error) message.Text {
	inner := unwrapped(err)
	if inner == nil {
		return message.Text{} // a wrapper around nothing has its own words
	}
	if text := known(inner); !text.IsZero() {
		return text
	}
	if cause := within(inner); !cause.IsZero() {
		return message.New("syserror.within", message.Sub("cause", cause), message.Str("text", inner.Error()))
	}
	if inner != err {
		return message.Literal(inner.Error())
	}
	return message.Text{}
}

// within looks for a known cause below what is wrapped around it.
func within(err error) message.Text {
	var below []error
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		below = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		below = e.Unwrap()
	}
	for _, one := range below {
		if one = unwrapped(one); one == nil {
			continue
		}
		if text := known(one); !text.IsZero() {
			return text
		}
		if text := within(one); !text.IsZero() {
			return text
		}
	}
	return message.Text{}
}

// unwrapped takes off what the standard library wraps around a cause.
func unwrapped(err error) error {
	for {
		switch e := err.(type) {
		case *fs.PathError:
			err = e.Err
		case *os.LinkError:
			err = e.Err
		case *os.SyscallError:
			err = e.Err
		case *net.OpError:
			err = e.Err
		case *url.Error:
			err = e.Err
		case *tls.CertificateVerificationError:
			err = e.Err
		default:
			return err
		}
	}
}

// known is the text of an error that is itself one of those that have words.
func known(err error) message.Text {
	for _, find := range []func(error) message.Text{number, lookup, handshake, certificate, name, reader, document, sentinel} {
		if text := find(err); !text.IsZero() {
			return text
		}
	}
	return message.Text{}
}

// number is the text of an operating system's error number.
func number(err error) message.Text {
	if no, ok := err.(syscall.Errno); ok && numbers()[no] != "" {
		return message.New("syserror." + numbers()[no])
	}
	return message.Text{}
}

// sentinel is the text of an error that the standard library names.
func sentinel(err error) message.Text {
	for _, known := range []struct {
		err  error
		name string
	}{
		{fs.ErrNotExist, "not-exist"},
		{fs.ErrPermission, "permission"},
		{fs.ErrExist, "exist"},
		{context.Canceled, "canceled"},
		{context.DeadlineExceeded, "timeout"},
		{os.ErrDeadlineExceeded, "timeout"},
		{io.ErrUnexpectedEOF, "unexpected-end"},
		{net.ErrClosed, "closed"},
		{fs.ErrClosed, "closed"},
		{io.ErrClosedPipe, "closed"},
		{errors.ErrUnsupported, "unsupported"},
		{io.EOF, "end"},
	} {
		if err == known.err {
			return message.New("syserror." + known.name)
		}
	}
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		return message.New("syserror.timeout")
	}
	return message.Text{}
}
