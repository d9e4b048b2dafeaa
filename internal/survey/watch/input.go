package watch

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/survey"
	"tlsready/internal/userfile"
)

// Input is one capture or log.
type Input struct {
	Name string // as the user named it
	Open func() (io.ReadCloser, error)
	Once bool // it can be read once only: standard input
	// Perhaps says that it was found in a folder: if it is neither capture nor log, that
	// is no mistake.
	Perhaps bool
}

// maxInputs bounds the files that are found: a day's hours of a hundred servers for a
// year.
const maxInputs = 1 << 20

// Inputs are what the words of a command line stand for: files, patterns such as
// logs/*.gz, folders with all that is below them, and "-" for stdin. An error is a
// [survey.Mistake].
func Inputs(words []string, stdin io.Reader) ([]Input, error) {
	var list []Input
	for _, word := range words {
		more, err := inputs(word, stdin)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
		if len(list) > maxInputs {
			return nil, mistake("many", message.Int("most", maxInputs))
		}
	}
	if len(list) == 0 {
		return nil, mistake("none")
	}
	return list, nil
}

func inputs(word string, stdin io.Reader) ([]Input, error) {
	if word == "-" {
		return []Input{{Name: word, Once: true, Open: func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }}}, nil
	}
	info, err := os.Stat(word)
	switch {
	case err == nil && info.IsDir():
		return below(word)
	case err == nil:
		return []Input{fileInput(word, false)}, nil
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(word, "*?["):
		return matching(word)
	}
	return nil, unreadable(word, err)
}

// matching are the files that a pattern finds: a shell of Windows does not look for them.
func matching(pattern string) ([]Input, error) {
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		return nil, mistake("pattern", message.Str("pattern", pattern))
	}
	slices.Sort(found)
	var list []Input
	for _, name := range found {
		more, err := inputs(name, nil)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// below are the regular files in a folder and its subfolders, by name. Hidden ones, and
// links, are passed over.
func below(dir string) ([]Input, error) {
	var list []Input
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(d.Name(), ".") && path != dir
		switch {
		case err != nil:
			return err
		case d.IsDir() && hidden:
			return filepath.SkipDir
		case d.Type().IsRegular() && !hidden:
			list = append(list, fileInput(path, true))
		}
		if len(list) > maxInputs {
			return mistake("many", message.Int("most", maxInputs))
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, unreadable(dir, err)
	case len(list) == 0:
		return nil, mistake("empty", message.Str("folder", dir))
	}
	return list, nil
}

func fileInput(path string, perhaps bool) Input {
	return Input{Name: path, Perhaps: perhaps, Open: func() (io.ReadCloser, error) { return userfile.Open(path) }}
}

func mistake(id string, args ...message.Arg) error {
	p := message.Error("watch.error."+id, args...)
	p.Hint = message.New("watch.hint." + id)
	return &survey.Mistake{Err: p}
}

func unreadable(path string, err error) error {
	var m *survey.Mistake
	if errors.As(err, &m) {
		return err
	}
	p := message.Error("watch.error.read", message.Str("path", path), message.Cause("why", err))
	p.Hint = message.New("watch.hint.read")
	return &survey.Mistake{Err: p}
}
