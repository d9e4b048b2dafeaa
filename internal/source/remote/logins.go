package remote

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
)

const (
	// maxRefused is how often an account's password is tried while no machine has
	// taken it. Policies lock an account after five to ten failures (Microsoft's
	// security baseline: ten), some of which people need for themselves.
	maxRefused = 3
	// loginTime is how long a machine that does not answer a log-in holds up those
	// of the others.
	loginTime = 30 * time.Second
)

// logins watches, for each account, whether machines take its password, to keep a
// mistyped one from locking it: until the first has, no more than maxRefused are
// asked at a time, and once that many have refused no more are asked.
type logins struct {
	mu       sync.Mutex
	accounts map[string]*account // by name in lower case
}

// account is what became of the log-ins of one account.
type account struct {
	asking, refused int
	taken           bool          // a machine let it in
	changed         chan struct{} // closed when any of the above changes
}

// of finds an account.
func (l *logins) of(t peer.Target) *account {
	name := strings.ToLower(t.Account())
	if l.accounts == nil {
		l.accounts = map[string]*account{}
	}
	if l.accounts[name] == nil {
		l.accounts[name] = &account{changed: make(chan struct{})}
	}
	return l.accounts[name]
}

// login is the log-in to one machine.
type login struct {
	*logins
	target peer.Target

	// Under the lock of logins.
	asked, answered bool
	late            *time.Timer // gives up waiting for the answer
	kept            error       // why the machine was not asked
}

// begin waits until the machine may be asked. The error says that it is not.
func (l *login) begin(ctx context.Context) error {
	for {
		wait, err := l.ask()
		if wait == nil {
			return l.keep(err)
		}
		select {
		case <-wait:
		case <-ctx.Done():
			err := ctx.Err()
			if errors.Is(err, context.DeadlineExceeded) {
				err = l.notTried(message.New("remote.others-late"), "remote.hint.longer")
			}
			return l.keep(err)
		}
	}
}

// keep notes why the machine was not asked.
func (l *login) keep(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = err
	return err
}

func (l *login) notTried(why message.Text, hint string) error {
	return peer.Failure(l.target, "remote.not-tried", message.Sub("why", why)).Hinted(hint)
}

// ask notes that the machine is asked now, or gives what to wait for.
func (l *login) ask() (wait <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.of(l.target)
	switch {
	case l.asked || a.taken:
	case a.refused >= maxRefused:
		return nil, l.notTried(message.New("remote.refused-often", message.Int("n", a.refused), message.Str("account", l.target.Account())), "remote.hint.lock")
	case a.refused+a.asking >= maxRefused:
		return a.changed, nil
	default:
		l.asked = true
		a.asking++
		l.late = time.AfterFunc(loginTime, func() { _ = l.end(peer.LoginUnknown) })
	}
	return nil, nil
}

// end notes what the machine said. A refusal counts even when it comes late. What
// was not asked for the password (a key did, or the password is known to be right)
// tells nothing. It gives back why the machine was not asked, if it was not.
func (l *login) end(answer peer.Login) (kept error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.asked {
		return l.kept
	}
	a := l.of(l.target)
	if !l.answered {
		l.answered = true
		l.late.Stop()
		a.asking--
	}
	switch answer {
	case peer.LoginTaken:
		a.taken = true
	case peer.LoginRefused:
		a.refused++
	}
	close(a.changed)
	a.changed = make(chan struct{})
	return nil
}

// carefully opens a machine and keeps the account from being locked. A machine is
// asked only once it has answered on the network, because those that are switched
// off must not hold up others; over SSH, once it wants the password.
func (o Options) carefully(ctx context.Context, t peer.Target) (Conn, error) {
	if o.logins == nil || t.Scheme != "ssh" && !o.NeedsPassword(t) {
		return o.open(ctx, t)
	}
	l := &login{logins: o.logins, target: t}
	if t.Scheme == "ssh" {
		o.beforePassword = l.begin
	} else {
		o.Dial = l.dial(o.Dial)
	}
	c, err := o.open(ctx, t)
	if kept := l.end(answer(err)); err != nil && kept != nil {
		err = kept
	}
	return c, err
}

// answer is what a machine made of the log-in.
func answer(err error) peer.Login {
	if err == nil {
		return peer.LoginTaken
	}
	return peer.LoginOf(err)
}

// dial makes connections and gives them once the machine may be asked.
func (l *login) dial(dial dialer) dialer {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if err := l.begin(ctx); err != nil {
			_ = c.Close()
			return nil, err
		}
		return c, nil
	}
}
