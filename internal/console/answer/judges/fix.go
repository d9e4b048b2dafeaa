package judges

import (
	"bytes"
	"strings"

	"tlsready/internal/console/web"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/source"
	"tlsready/internal/survey/judge"
)

// File is something to download.
type File struct {
	Name     string
	Warnings []string // what is left out, in the language that was asked for
	Data     []byte
}

// Archive is the folder that fix --dir writes for the host of an id, in formats as fix --as names them; without
// any, in all.
func Archive(j *judge.Judging, id string, one judge.Judged, names []string, lang string) (*File, error) {
	as := formats.All()
	if len(names) > 0 {
		as = nil
	}
	for _, name := range names {
		f, ok := formats.ByName(name)
		if !ok {
			return nil, web.Wrong("format", message.Quote("format", name), message.List("known", formats.Names()))
		}
		as = append(as, f)
	}
	words := message.For(lang)
	set, leftOut := j.Assessor.Recipes(one.Services, false, as, words)
	f := &File{Name: fileName(id), Warnings: []string{}}
	for _, why := range leftOut {
		f.Warnings = append(f.Warnings, words.Render(why))
	}
	for _, r := range set.Refused {
		what, _ := words.Problem(r.Err)
		f.Warnings = append(f.Warnings, what)
	}
	var out bytes.Buffer
	err := recipe.Zip{Out: &out}.Put(set.Files)
	f.Data = out.Bytes()
	return f, err
}

// fileName is what the archive of a host is called: by the last part of its id, as far as
// every system takes it in a name.
func fileName(id string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, id[strings.LastIndexByte(id, '/')+1:])
	return "tlsready-fix-" + name[:min(len(name), maxFileName)] + ".zip"
}

// maxFileName is more than a computer of Windows has in its name.
const maxFileName = 63

// Of judges the settings of a host.
func Of(j *judge.Judging, id string, s *host.Snapshot) judge.Judged {
	return j.Host(source.Host{ID: id, Snapshot: s})
}
