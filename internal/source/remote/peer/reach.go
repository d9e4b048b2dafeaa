package peer

import (
	"context"
	"errors"
	"net"
	"os"

	"tlsready/internal/message"
)

// Unreachable is the error of a connection that did not come about; hint says
// what to check on the machine.
func Unreachable(t Target, err error, hint message.Text) error {
	var name *net.DNSError
	var timeout net.Error
	p := Failure(t, "peer.no-connection").From(reason(err))
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return Failure(t, "peer.no-such-name").Hinted("peer.hint.name")
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		p = Failure(t, "peer.no-answer")
	}
	p.Hint = hint
	return p
}

// reason is a network error without addresses, which stand before it already.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return err
}

// Late is the error of a machine that was being talked to when the context ended.
func Late(t Target, err error) error {
	if errors.Is(err, context.Canceled) {
		return Failure(t, "peer.stopped").From(err)
	}
	return Failure(t, "peer.late").From(err).Hinted("peer.hint.late")
}
