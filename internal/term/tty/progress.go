package tty

import (
	"fmt"
	"io"
	"sync"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/term"
)

// drawEvery is how often the progress line changes: often enough to be seen
// moving, seldom enough to cost nothing.
const drawEvery = 100 * time.Millisecond

// estimateAfter is how long work must run before an estimate is worth showing;
// the first items say little about the rest.
const estimateAfter = 2 * time.Second

// Progress is one line on standard error that says how far the work is. It is shown only
// if standard error is a terminal and --quiet was not given; otherwise its methods do
// nothing. It may be used from several goroutines.
type Progress struct {
	mu      sync.Mutex
	out     io.Writer // nil: draws nothing
	words   *message.Catalog
	clock   func() time.Time
	what    string
	total   int
	done    int
	failed  int // of them, how many could not be read
	quick   int // of them, how many cost no time
	started time.Time
	drawn   time.Time
	onLine  bool
}

// Progress starts a progress line: "what" names the work ("reading hosts"),
// total is the number of items, 0 if it is not known. Call Done at the end.
func (c *Console) Progress(what string, total int) *Progress {
	c.Clear()
	p := &Progress{words: c.Words, clock: c.Clock, what: term.Safe(what), total: total, started: c.Clock()}
	if c.ErrTerminal && !c.Quiet {
		p.out = c.Err
	}
	c.progress = p
	return p
}

// Add says that n more items are done.
func (p *Progress) Add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.draw()
}

// Set says how many items are done and how many there are; and of those done, how
// many could not be read, and how many cost no time, since an earlier run had read
// them.
func (p *Progress) Set(done, total, failed, quick int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.total, p.failed, p.quick = done, total, failed, quick
	if done > 0 {
		p.draw()
	}
}

func (p *Progress) draw() {
	now := p.clock()
	if p.out == nil || now.Sub(p.drawn) < drawEvery {
		return
	}
	p.drawn, p.onLine = now, true
	_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s", p.line(now)) // a lost progress line is no loss
}

// Done ends the line and takes it off the screen.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.out = nil
}

func (p *Progress) clear() {
	if p.onLine {
		_, _ = io.WriteString(p.out, "\r\x1b[K")
		p.onLine = false
	}
}

// line is "reading hosts: 120 of 1000, about 40s left; 3 unreadable".
func (p *Progress) line(now time.Time) string {
	text := p.howFar(now)
	if p.failed > 0 {
		text = p.words.Text("cli.progress.failed", message.Str("line", text), message.Int("n", p.failed))
	}
	return text
}

func (p *Progress) howFar(now time.Time) string {
	args := []message.Arg{message.Str("what", p.what), message.Int("done", p.done), message.Int("total", p.total)}
	if p.total <= 0 {
		return p.words.Text("cli.progress.open", args...)
	}
	spent := now.Sub(p.started)
	slow := p.done - p.quick
	if spent < estimateAfter || slow <= 0 || p.done >= p.total {
		return p.words.Text("cli.progress.count", args...)
	}
	left := time.Duration(float64(spent) / float64(slow) * float64(p.total-p.done)).Round(time.Second)
	return p.words.Text("cli.progress.left", append(args, message.Str("left", left.String()))...)
}

// Clear takes the progress line off the screen, so that other text does not run
// into it.
func (c *Console) Clear() {
	if p := c.progress; p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.clear()
	}
}
