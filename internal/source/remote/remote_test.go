package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/remote/peer"
)

const password = "Correct-Horse-9"

// refusing is a network on which each connection is refused after all that may be
// open at a time are; it notes how many were.
type refusing struct {
	open, most atomic.Int32
}

func (r *refusing) dial(_ context.Context, network, _ string) (net.Conn, error) {
	now := r.open.Add(1)
	defer r.open.Add(-1)
	for {
		most := r.most.Load()
		if now <= most || r.most.CompareAndSwap(most, now) {
			break
		}
	}
	return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
}

// Proves that machines that cannot be reached are rows in the order of their ids,
// each with reason and hint, however they were named, and that no more are tried
// at a time than asked for.
func TestUnreachable(t *testing.T) {
	network := &refusing{}
	opt := Options{Passwords: &peer.Passwords{Environment: password}, Concurrency: 3, Dial: network.dial}
	var urls []string
	for i := range 40 {
		urls = append(urls, fmt.Sprintf("%s://admin@host-%02d", []string{"smb", "ssh", "winrm"}[i%3], 39-i))
	}
	urls = append(urls, urls[0])
	n := 0
	for h, err := range source.Read(t.Context(), urls, source.Options{Schemes: Schemes(opt)}) {
		if err != nil {
			t.Fatal(err)
		}
		var e *message.Problem
		if want := fmt.Sprintf("host-%02d", n); h.ID != want || !errors.As(h.Err, &e) || message.HintOf(h.Err).IsZero() || !strings.Contains(e.Where, want) {
			t.Errorf("host %d: %s %+v", n, h.ID, h.Err)
		} else if !strings.Contains(e.Error(), "no connection") {
			t.Errorf("%s: %s", h.ID, e)
		}
		if strings.Contains(fmt.Sprintf("%+v %#v", h.Err, e), password) {
			t.Errorf("%s: the password is in the error", h.ID)
		}
		n++
	}
	if n != 40 || network.most.Load() > 3 {
		t.Errorf("%d hosts, %d at a time", n, network.most.Load())
	}
}

// Proves that a machine that takes the connection and stays silent costs its time
// limit and no more, and that the end of the run ends it at once.
func TestSilent(t *testing.T) {
	silent := func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			buffer := make([]byte, 1024)
			for {
				if _, err := theirs.Read(buffer); err != nil {
					return
				}
			}
		}()
		return ours, nil
	}
	for _, scheme := range []string{"smb", "ssh", "winrm"} {
		opt := Options{Passwords: &peer.Passwords{Environment: password}, Dial: silent, Limit: 50 * time.Millisecond}
		_, err := source.ReadOne(t.Context(), scheme+"://admin@fs01", source.Options{Schemes: Schemes(opt)})
		if err == nil || !strings.Contains(err.Error(), "time limit") {
			t.Errorf("%s: %v", scheme, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		opt.Limit = time.Hour
		opt.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			cancel()
			return silent(ctx, network, address)
		}
		if _, err := source.ReadOne(ctx, scheme+"://admin@fs01", source.Options{Schemes: Schemes(opt)}); err == nil {
			t.Errorf("%s: read after the end", scheme)
		}
	}
}

// Proves that a machine that does not answer on the network costs less than the
// whole time limit, and that the row says so.
func TestSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		off := func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		began := time.Now()
		opt := Options{Passwords: &peer.Passwords{Environment: password}, Dial: off}
		_, err := source.ReadOne(t.Context(), "smb://admin@fs01", source.Options{Schemes: Schemes(opt)})
		if took := time.Since(began); took != connectTime || err == nil || !strings.Contains(err.Error(), "no answer in time") {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

// Proves that a failure inside a library costs one machine, and that it says
// which.
func TestGuarded(t *testing.T) {
	opt := Options{Passwords: &peer.Passwords{Environment: password}, Dial: func(context.Context, string, string) (net.Conn, error) { panic("planted") }}
	_, err := source.ReadOne(t.Context(), "smb://admin@fs01", source.Options{Schemes: Schemes(opt)})
	if err == nil || !strings.Contains(err.Error(), "planted") || !strings.Contains(err.Error(), "fs01") {
		t.Errorf("error %v", err)
	}
}

// Proves that a wrong address ends the run before anything is reached, without
// repeating a password.
func TestWrongAddress(t *testing.T) {
	dial := func(context.Context, string, string) (net.Conn, error) {
		t.Error("a connection was made")
		return nil, net.ErrClosed
	}
	for _, url := range []string{"smb://admin:" + password + "@fs01", "ssh://admin@", "smb://a@b:0"} {
		for _, err := range source.Read(t.Context(), []string{"smb://admin@fs01", url}, source.Options{Schemes: Schemes(Options{Dial: dial})}) {
			hint := message.English(message.HintOf(err))
			if err == nil || hint == "" || strings.Contains(err.Error()+hint, password) {
				t.Errorf("error %v", err)
			}
		}
	}
}
