package recipe

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"tlsready/internal/message"
)

// manifestName is the file by which WriteFolder knows a folder as its own: the
// files that it wrote, with their SHA-256.
const manifestName = "tlsready-fix.json"

const manifestSchema = "tlsready.fix-folder/v1"

type manifest struct {
	Schema string            `json:"schema"`
	Files  map[string]string `json:"files"` // slash path → SHA-256 in hex
}

// Errors that WriteFolder wraps for a folder that it may not write over.
var (
	// ErrForeignFolder is for a folder with files that no call of WriteFolder
	// wrote, or that were changed since.
	ErrForeignFolder = errors.New("will not write over it")
	// ErrEarlierRun is for a folder that an earlier call wrote: it holds the undo
	// of changes that may have been made on the hosts by now.
	ErrEarlierRun = errors.New("it holds the fixes and the undo of an earlier run")
)

// WriteFolder writes one folder per group, DIR/NN-<what>/, with the files of each
// format, hosts.txt and README.txt. DIR has to be new or empty: the files
// of an earlier call are replaced only where replace says so and nobody has
// changed them since. Nothing is written unless every plan can be.
func WriteFolder(dir string, groups []Plan, formats []Format, words *message.Catalog, replace bool) error {
	files, err := folderFiles(groups, formats, words)
	if err != nil {
		return err
	}
	old, err := ownFiles(dir)
	if err != nil {
		return err
	}
	if len(old) > 0 && !replace {
		return fmt.Errorf("%s: %w", dir, ErrEarlierRun)
	}
	for _, name := range old {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		// Fails, as it should, where something else is in the folder.
		_ = os.Remove(filepath.Join(dir, filepath.FromSlash(path.Dir(name))))
	}
	return writeFiles(dir, files)
}

// folderFiles are all files with their paths below the folder.
func folderFiles(groups []Plan, formats []Format, w *message.Catalog) ([]File, error) {
	if len(groups) == 0 || len(formats) == 0 {
		return nil, fmt.Errorf("nothing to write: %d groups, %d formats", len(groups), len(formats))
	}
	digits := max(2, len(fmt.Sprint(len(groups))))
	var files []File
	for i, p := range groups {
		group, err := groupFiles(p, formats, w)
		if err != nil {
			return nil, err
		}
		for _, f := range group {
			files = append(files, File{fmt.Sprintf("%0*d-%s/%s", digits, i+1, slug(p), f.Name), f.Data})
		}
	}
	return files, nil
}

func groupFiles(p Plan, formats []Format, w *message.Catalog) ([]File, error) {
	seen := map[string][]byte{}
	var files []File
	for _, format := range formats {
		written, err := format.Write(p, w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", format.Name, err)
		}
		for _, f := range written {
			if data, twice := seen[f.Name]; twice { // verify.cmd serves .reg and .cmd
				if !bytes.Equal(data, f.Data) {
					return nil, fmt.Errorf("%s: two formats write %s differently", format.Name, f.Name)
				}
				continue
			}
			seen[f.Name] = f.Data
			files = append(files, f)
		}
	}
	var hosts strings.Builder
	for _, h := range p.Hosts {
		hosts.WriteString(oneLine(h) + "\r\n")
	}
	return append(files, File{"hosts.txt", []byte(hosts.String())}, File{"README.txt", readme(p, formats, w)}), nil
}

// slug is the folder's name after its number: a to z, digits and dashes, which
// every file system and shell takes.
func slug(p Plan) string {
	what := p.What
	if what == "" {
		what = systemName(p.OS)
	}
	const longest = 60
	var b strings.Builder
	for _, r := range strings.ToLower(what) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= longest {
			break
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "hosts"
}

// ownFiles lists the files of an earlier call; none where the folder is empty or
// not there.
func ownFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, fmt.Errorf("%s holds files that this command did not write: %w", dir, ErrForeignFolder)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Schema != manifestSchema {
		return nil, fmt.Errorf("%s: %s cannot be read: %w", dir, manifestName, ErrForeignFolder)
	}
	names := []string{manifestName}
	for name, sum := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("%s: %s names %q: %w", dir, manifestName, name, ErrForeignFolder)
		}
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		case digest(data) != sum:
			return nil, fmt.Errorf("%s was changed since it was written: %w", filepath.Join(dir, name), ErrForeignFolder)
		}
		names = append(names, name)
	}
	return names, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// writeFiles writes the manifest first, so that a call that was cut short leaves
// a folder that the next one knows; it does not write over a file that is there.
func writeFiles(dir string, files []File) error {
	m := manifest{Schema: manifestSchema, Files: map[string]string{}}
	for _, f := range files {
		m.Files[f.Name] = digest(f.Data)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	for _, f := range append([]File{{manifestName, append(text, '\n')}}, files...) {
		if err := writeNew(filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data); err != nil {
			return err
		}
	}
	return nil
}

func writeNew(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("%w (%w)", err, ErrForeignFolder)
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
