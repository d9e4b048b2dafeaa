// Command machine lets a test read and change the machine that it runs on:
//
//	machine snapshot OUT.json
//	machine apply CHANGES.reg UNDO.json
//	machine undo UNDO.json
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"tlsready/internal/apply"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/source"
	"tlsready/internal/source/live"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "machine:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "snapshot":
		return snapshot(ctx, args[1])
	case len(args) == 3 && args[0] == "apply":
		return change(ctx, args[1], args[2])
	case len(args) == 2 && args[0] == "undo":
		return undo(ctx, args[1])
	}
	return errors.New("wrong arguments")
}

func snapshot(ctx context.Context, path string) error {
	s, err := source.ReadOne(ctx, live.URL, source.Options{Schemes: []source.Scheme{live.Scheme()}})
	if err != nil {
		return err
	}
	text, err := s.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func change(ctx context.Context, recipePath, undoPath string) error {
	text, err := os.ReadFile(recipePath)
	if err != nil {
		return err
	}
	r, err := formats.Read(recipePath, text)
	changes := r.Changes()
	if err != nil {
		return err
	}
	w, err := live.Open()
	if err != nil {
		return err
	}
	report, err := apply.Apply(ctx, w, apply.Request{Host: "here", Source: live.URL, Changes: changes, Undo: undoPath, Now: time.Now()})
	if err != nil {
		return err
	}
	fmt.Printf("changed %d unchanged %d created %d elevated %v\n", len(report.Changed), len(report.Unchanged), len(report.Created), live.Elevated())
	return nil
}

func undo(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := apply.Decode(text)
	if err != nil {
		return err
	}
	w, err := live.Open()
	if err != nil {
		return err
	}
	done, err := apply.Undo(ctx, w, file, apply.UndoOptions{})
	if err != nil {
		return err
	}
	fmt.Printf("restored %d removed %d kept %d\n", len(done.Restored), len(done.Removed), len(done.Kept))
	return nil
}
