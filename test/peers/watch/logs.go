//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"tlsready/internal/testkit/logkit"
)

// measureLogs measures the program over logs, on all processors: reading, judging and
// summing up.
func measureLogs(ctx context.Context, dir string, size int64, n int, program string) error {
	if program == "" || size == 0 {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Printf("\nLogs of %d MB, tlsready watch:\n\n| log | wall | CPU | MB per s | MB per s of CPU | MiB |\n|---|---|---|---|---|---|\n", size>>20)
	for _, kind := range logkit.Kinds() {
		file := filepath.Join(dir, kind.Name+".log")
		if err := exec.CommandContext(ctx, self, "log", kind.Name, file, strconv.FormatInt(size, 10)).Run(); err != nil {
			return err
		}
		var runs []figures
		for range n {
			f, err := once(ctx, []string{program, "watch", file}, 0)
			if err != nil {
				return err
			}
			runs = append(runs, f)
		}
		slices.SortFunc(runs, func(a, b figures) int { return int(a.wall - b.wall) })
		f := runs[len(runs)/2]
		mb := float64(size) / 1e6
		fmt.Printf("| %s | %.2f s | %.2f s | %.0f | %.0f | %d |\n", kind.Name, f.wall.Seconds(), f.cpu.Seconds(), mb/f.wall.Seconds(), mb/f.cpu.Seconds(), f.memory)
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}

// writeLog repeats a log of a kind until it has its size: what follows is as new to a
// reader as the first.
func writeLog(name, file, bytes string) error {
	const block = 64 << 20
	size, err := strconv.ParseInt(bytes, 10, 64)
	at := slices.IndexFunc(logkit.Kinds(), func(k logkit.Kind) bool { return k.Name == name })
	if err != nil || at < 0 {
		return fmt.Errorf("no log %s of %s bytes", name, bytes)
	}
	kind := logkit.Kinds()[at]
	log := kind.Make(int(min(block, size)))
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	for written := int64(0); written < size && err == nil; written += int64(len(log)) {
		_, err = f.Write(log)
	}
	return errors.Join(err, f.Close())
}
