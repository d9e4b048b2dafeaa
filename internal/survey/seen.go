package survey

import (
	"bufio"
	"bytes"
	"strconv"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// maxSeenFile bounds the result of watch in bytes, and maxSeenLine one line of it: hellos
// have some two kilobytes as JSON.
const (
	maxSeenFile = 16 << 30
	maxSeenLine = 1 << 20
)

// ReadSeen reads the jsonl results of watch, and the logs of a gate, which have the same
// lines. A line that is none is a [judge.Mistake] with its place.
func ReadSeen(files []string) (*assess.Seen, error) {
	if len(files) == 0 {
		return nil, nil
	}
	seen := assess.NewSeen()
	for _, name := range files {
		if err := readSeen(name, seen); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

func readSeen(name string, seen *assess.Seen) error {
	in, err := userfile.OpenAtMost(name, maxSeenFile)
	if err != nil {
		return judge.CannotRead(name, err)
	}
	defer in.Close()
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 64<<10), maxSeenLine)
	for n := 1; scanner.Scan(); n++ {
		line := bytes.TrimSpace(scanner.Bytes())
		if len(line) == 0 {
			continue
		}
		c, err := document.ReadConnection(line)
		if err != nil {
			return mistake("seen", message.Str("where", name+":"+strconv.Itoa(n)), message.Cause("why", err))
		}
		seen.Add(c)
	}
	if err := scanner.Err(); err != nil {
		return judge.CannotRead(name, err)
	}
	return nil
}
