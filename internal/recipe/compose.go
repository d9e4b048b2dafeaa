package recipe

import (
	"bytes"
	"fmt"
	"strings"

	"tlsready/internal/message"
)

// Sink takes the files of a change set, all or none: a folder, a zip.
type Sink interface {
	Put(files []File) error
}

// Refusal is a group of hosts that a format cannot carry: a value that would not
// arrive as it is.
type Refusal struct {
	Hosts  []string
	Format string
	Err    error // a *message.Problem
}

// Set is the files of several groups.
type Set struct {
	Files         []File
	Groups, Hosts int // that at least one format carries
	Refused       []Refusal
}

// Compose gives the files of one folder per group, NN-<what>/, with the files of
// each format, hosts.txt and README.txt. A group that a format cannot carry is
// refused in that format, and costs the others nothing.
func Compose(groups []Plan, formats []Format, words *message.Catalog) Set {
	var set Set
	digits := max(2, len(fmt.Sprint(len(groups))))
	for _, p := range groups {
		files, refused := groupFiles(p, formats, words)
		set.Refused = append(set.Refused, refused...)
		if len(files) == 0 {
			continue
		}
		set.Groups++
		set.Hosts += len(p.Hosts)
		for _, f := range files {
			set.Files = append(set.Files, File{fmt.Sprintf("%0*d-%s/%s", digits, set.Groups, slug(p), f.Name), f.Data})
		}
	}
	return set
}

// groupFiles are the files of one group; none where no format can carry it.
func groupFiles(p Plan, formats []Format, words *message.Catalog) (files []File, refused []Refusal) {
	seen := map[string][]byte{}
	var carried []Format
	for _, format := range formats {
		written, err := format.Write(p, words)
		if err == nil {
			err = agree(written, seen)
		}
		if err != nil {
			refused = append(refused, Refusal{p.Hosts, format.Name, err})
			continue
		}
		carried = append(carried, format)
		for _, f := range written {
			if _, twice := seen[f.Name]; !twice { // verify.cmd serves .reg and .cmd
				seen[f.Name] = f.Data
				files = append(files, f)
			}
		}
	}
	if len(carried) == 0 {
		return nil, refused
	}
	var hosts strings.Builder
	for _, h := range p.Hosts {
		hosts.WriteString(OneLine(h) + "\r\n")
	}
	return append(files, File{"hosts.txt", []byte(hosts.String())}, File{"README.txt", readme(p, carried, words)}), refused
}

// agree refuses a second file of a name that says something else.
func agree(written []File, seen map[string][]byte) error {
	for _, f := range written {
		if data, twice := seen[f.Name]; twice && !bytes.Equal(data, f.Data) {
			return Refuse("two-formats", message.Str("file", f.Name))
		}
	}
	return nil
}

// longestSlug keeps paths short: Windows takes 260 characters for all of one.
// https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation
const longestSlug = 60

// slug is the folder's name after its number: a to z, digits and dashes, which
// every file system and shell takes.
func slug(p Plan) string {
	what := p.What
	if what == "" {
		what = systemName(p.OS)
	}
	var b strings.Builder
	for _, r := range strings.ToLower(what) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= longestSlug {
			break
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "hosts"
}
