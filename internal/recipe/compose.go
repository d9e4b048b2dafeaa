package recipe

import (
	"bytes"
	"fmt"
	"slices"
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
	Placed        []Placed
	NotInAll      []Unpicked // hosts that stand in a group's folder, and not in "all"
}

// Placed is a group and the folder of its files.
type Placed struct {
	Folder string
	Plan   Plan
}

// Compose gives the files of one folder per group, NN-<what>/, with the files of
// each format, hosts.txt and README.txt, and those of the folder "all", which hold
// every group. A group that a format cannot carry is refused in that format, and
// costs the others nothing. Others are the computers of the run that need no change.
func Compose(groups []Plan, others []Computer, formats []Format, words *message.Catalog) Set {
	var set Set
	digits := max(2, len(fmt.Sprint(len(groups))))
	folders := make([]string, len(groups))
	by := map[string]map[int]bool{} // format → indices of the groups that it carries
	for i, p := range groups {
		files, carried, refused := groupFiles(p, formats, words)
		set.Refused = append(set.Refused, refused...)
		if len(files) == 0 {
			continue
		}
		for _, f := range carried {
			if by[f.Name] == nil {
				by[f.Name] = map[int]bool{}
			}
			by[f.Name][i] = true
		}
		set.Groups++
		set.Hosts += len(p.Hosts)
		folders[i] = fmt.Sprintf("%0*d-%s", digits, set.Groups, slug(p))
		set.Placed = append(set.Placed, Placed{folders[i], p})
		for _, f := range files {
			set.Files = append(set.Files, File{folders[i] + "/" + f.Name, f.Data})
		}
	}
	picks, left := Picks(groups, others)
	set.NotInAll = left
	files, refused := allFiles(groups, picks, formats, by, folders, words)
	set.Refused = append(set.Refused, refused...)
	set.Files = append(set.Files, files...)
	return set
}

// AllFolder is the folder of the files that hold every group.
const AllFolder = "all"

// allFiles are the files of the folder "all"; none if no host can be recognized there.
func allFiles(groups []Plan, picks []Pick, formats []Format, by map[string]map[int]bool, folders []string, words *message.Catalog) (files []File, refused []Refusal) {
	seen := map[string]bool{}
	held := map[string]bool{}
	for _, format := range formats {
		mine := slices.DeleteFunc(slices.Clone(picks), func(p Pick) bool { return !by[format.Name][p.Group] })
		if format.WriteAll == nil || len(mine) == 0 {
			continue
		}
		written, err := format.WriteAll(newAll(groups, mine), words)
		if err != nil {
			refused = append(refused, Refusal{hostsOf(mine), AllFolder + ", " + format.Name, err})
			continue
		}
		for _, p := range mine {
			held[p.Host] = true
		}
		for _, f := range written {
			if !seen[f.Name] { // .reg and .cmd share theirs
				seen[f.Name] = true
				files = append(files, File{AllFolder + "/" + f.Name, f.Data})
			}
		}
	}
	if len(files) == 0 {
		return nil, refused
	}
	var hosts strings.Builder
	for _, p := range picks {
		if held[p.Host] {
			hosts.WriteString(OneLine(p.Host) + "\t" + folders[p.Group] + "\r\n")
		}
	}
	return append(files, File{AllFolder + "/hosts.txt", []byte(hosts.String())}, File{AllFolder + "/README.txt", allReadme(len(held), seen, words)}), refused
}

func hostsOf(picks []Pick) []string {
	ids := make([]string, len(picks))
	for i, p := range picks {
		ids[i] = p.Host
	}
	return ids
}

// groupFiles are the files of one group; none if no format can carry it.
func groupFiles(p Plan, formats []Format, words *message.Catalog) (files []File, carried []Format, refused []Refusal) {
	seen := map[string][]byte{}
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
		return nil, nil, refused
	}
	var hosts strings.Builder
	for _, h := range p.Hosts {
		hosts.WriteString(OneLine(h) + "\r\n")
	}
	return append(files, File{"hosts.txt", []byte(hosts.String())}, File{"README.txt", readme(p, carried, words)}), carried, refused
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
