package watch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"tlsready/internal/observe/capture"
	"tlsready/internal/observe/unpack"
)

// What is read ahead of standard input: so much, or for so long. A log that somebody pipes
// in has ended by then and can be read twice like a file; who waits for the lines of one
// that goes on, waits no longer than that, once.
const (
	maxAhead = 8 << 20
	aheadFor = 2 * time.Second
	pieces   = 64 << 10
)

// ahead reads the beginning of an input that can be read once. If that is all of it, the
// input can be read again; otherwise it is given as it was. A capture is given at once: its
// connections stand for themselves.
func ahead(ctx context.Context, in Input, most int, wait time.Duration) Input {
	file, err := in.Open()
	if err != nil {
		in.Open = func() (io.ReadCloser, error) { return nil, err }
		return in
	}
	p := startPump(ctx, file)
	var have []byte
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	for err == nil && len(have) < most {
		select {
		case piece := <-p.pieces:
			have, err = append(have, piece.data...), piece.err
		case <-timeout.C:
			most = 0
		case <-ctx.Done():
			err = ctx.Err()
		}
		if begins(have) {
			break
		}
	}
	if errors.Is(err, io.EOF) {
		in.Once = false
		in.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(have)), nil }
		return in
	}
	rest := io.Reader(p)
	if err != nil {
		rest = failing{err}
	}
	in.Open = func() (io.ReadCloser, error) { return io.NopCloser(io.MultiReader(bytes.NewReader(have), rest)), nil }
	return in
}

// begins says whether bytes, packed or not, begin a capture.
func begins(have []byte) bool {
	plain, err := unpack.New(bytes.NewReader(have))
	if err != nil {
		return false
	}
	defer plain.Close()
	head := make([]byte, headSize)
	n, _ := io.ReadFull(plain, head) // what there is of it tells
	return capture.Is(head[:n])
}

type failing struct{ err error }

// Read implements [io.Reader].
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// pump reads in a goroutine of its own, so that one need not wait for what does not come.
type pump struct {
	ctx    context.Context
	pieces chan piece
	rest   piece
}

type piece struct {
	data []byte
	err  error
}

func startPump(ctx context.Context, r io.Reader) *pump {
	p := &pump{ctx: ctx, pieces: make(chan piece)}
	go func() {
		for {
			data := make([]byte, pieces)
			n, err := r.Read(data)
			select {
			case p.pieces <- piece{data[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

// Read implements [io.Reader].
func (p *pump) Read(b []byte) (int, error) {
	for len(p.rest.data) == 0 && p.rest.err == nil {
		select {
		case p.rest = <-p.pieces:
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
	}
	n := copy(b, p.rest.data)
	if p.rest.data = p.rest.data[n:]; n > 0 {
		return n, nil
	}
	return 0, p.rest.err
}
