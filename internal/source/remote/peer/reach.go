package peer

import (
	"context"
	"errors"
	"net"
	"os"
)

// Unreachable is the error of a connection that did not come about; hint says
// what to check on the machine.
func Unreachable(t Target, err error, hint string) error {
	e := &Error{Target: t.String(), Msg: "no connection", Hint: hint, Err: reason(err)}
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		e.Msg, e.Hint, e.Err = "there is no machine of this name", "check the name, and whether this machine can resolve it", nil
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		e.Msg, e.Err = "no answer in time", nil
	}
	return e
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
		return &Error{Target: t.String(), Msg: "stopped", Err: err}
	}
	return &Error{
		Target: t.String(), Msg: "it did not answer within the time limit",
		Hint: "try again with a longer time limit, or with fewer machines at a time", Err: err,
	}
}
