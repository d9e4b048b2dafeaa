//go:build js

// Command wasm is the check as a browser runs it. What it is asked and what it answers
// goes through three functions of the worker around it.
package main

import (
	"context"
	"runtime/debug"
	"syscall/js"
	"time"

	"tlsready/internal/page"
)

// softLimit is the memory, in bytes, from which on the collector works harder: a
// browser ends what needs more than 4 GB.
const softLimit = 2 << 30

// tick is how often progress is told at most.
const tick = 50 * time.Millisecond

type asked struct {
	id   int
	text string
}

func main() {
	debug.SetMemoryLimit(softLimit)
	window := js.Global()
	waiting := make(chan asked, 16)
	ask := js.FuncOf(func(_ js.Value, args []js.Value) any {
		waiting <- asked{args[0].Int(), args[1].String()}
		return nil
	})
	window.Call("tlsreadyReady", ask)
	s := page.Session{Progress: progress(window)}
	for one := range waiting {
		answer, data := s.Answer(context.Background(), []byte(one.text))
		file := js.Null()
		if data != nil {
			file = window.Get("Uint8Array").New(len(data))
			js.CopyBytesToJS(file, data)
		}
		window.Call("tlsreadyAnswer", one.id, string(answer), file)
	}
}

// progress tells how far a check is, not too often.
func progress(window js.Value) func(done, total int) {
	var last time.Time
	return func(done, total int) {
		if now := time.Now(); done == total || now.Sub(last) >= tick {
			last = now
			window.Call("tlsreadyProgress", done, total)
		}
	}
}
