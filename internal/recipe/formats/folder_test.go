package formats_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/recipe/recipetest"
	"tlsready/internal/testkit/golden"
)

// Proves what a set holds, and what README.txt and hosts.txt say in both languages.
func TestComposeFiles(t *testing.T) {
	groups := recipetest.Samples()[:3]
	for _, lang := range []string{"ja", "en"} {
		set := recipe.Compose(groups, nil, formats.All(), message.For(lang))
		files := map[string][]byte{}
		for _, f := range set.Files {
			files[f.Name] = f.Data
		}
		for _, name := range []string{"01-2008r2-x64-full", "03-windows-7-x86"} {
			golden.Equal(t, filepath.Join("testdata", "golden", lang, name[3:], "README.txt"), files[name+"/README.txt"])
		}
		for name, data := range files {
			if all, ok := strings.CutPrefix(name, "all/"); ok {
				golden.Equal(t, filepath.Join("testdata", "golden", lang, "all", all), data)
			}
		}
		names := slices.Sorted(maps.Keys(files))
		want := []string{"README.txt", "apply.cmd", "apply.ps1", "apply.reg", "hosts.txt", "undo.cmd", "undo.ps1", "undo.reg", "verify.cmd", "verify.ps1"}
		if got := names[:10]; !slices.Equal(got, prefixed("01-2008r2-x64-full/", want)) || len(names) != 38 {
			t.Errorf("got %v", names)
		}
		if hosts := files["01-2008r2-x64-full/hosts.txt"]; string(hosts) != "acme/fs01\r\nacme/fs02\r\n" {
			t.Errorf("hosts.txt: %q", hosts)
		}
	}
}

func prefixed(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + n
	}
	return out
}

// Proves that a group that cannot be written costs its own hosts alone, is named
// with every format and the reason, and leaves no gap in the numbers.
func TestComposeRefusesOneGroup(t *testing.T) {
	groups := recipetest.Samples()[:3]
	groups[1].Changes = nil
	set := recipe.Compose(groups, nil, formats.All(), message.For("en"))
	if set.Groups != 2 || set.Hosts != 3 || len(set.Refused) != len(formats.All()) {
		t.Errorf("%d groups, %d hosts, refused %v", set.Groups, set.Hosts, set.Refused)
	}
	for _, r := range set.Refused {
		if !slices.Equal(r.Hosts, groups[1].Hosts) || !strings.Contains(r.Err.Error(), "changes nothing") {
			t.Errorf("%+v", r)
		}
	}
	for _, f := range set.Files {
		if !strings.HasPrefix(f.Name, "01-2008r2-x64-full/") && !strings.HasPrefix(f.Name, "02-windows-7-x86/") && !strings.HasPrefix(f.Name, "all/") {
			t.Error(f.Name)
		}
	}
}

// Proves by which name a script for all groups knows each host, and which hosts it
// cannot know: those of one name whose full names do not tell them apart, even if one of
// them needs no change, those that need two groups, and ids that are not names.
func TestPicks(t *testing.T) {
	groups := []recipe.Plan{
		{Hosts: []string{"acme/FS01", "dc.a.example.com", "web01", "export of web02", "x/old.reg", "two", "name-of-nineteen-ch"}, Names: []string{"", "", "web01.a.example.com", "", "FS07.example.com"}},
		{Hosts: []string{"b/DC", "web01-b", "two", "ms"}, Names: []string{"dc.b.example.com", "WEB01.b.example.com"}},
	}
	others := []recipe.Computer{{Name: "MS", Full: "ms.example.com"}}
	picks, left := recipe.Picks(groups, others)
	var got []string
	for _, p := range picks {
		by := p.Computer.Name
		if p.ByFull {
			by = p.Computer.Full
		}
		got = append(got, fmt.Sprintf("%s=%d:%s", p.Host, p.Group, by))
	}
	want := []string{
		"acme/FS01=0:FS01", "dc.a.example.com=0:dc.a.example.com", "web01=0:web01.a.example.com", "x/old.reg=0:FS07", "name-of-nineteen-ch=0:NAME-OF-NINETEE",
		"b/DC=1:dc.b.example.com", "web01-b=1:web01.b.example.com",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	var not []string
	for _, u := range left {
		not = append(not, u.Host+" "+u.Why.ID)
	}
	if want := []string{"export of web02 recipe.all.no-name", "two recipe.all.two-groups", "two recipe.all.two-groups", "ms recipe.all.ambiguous"}; !slices.Equal(not, want) {
		t.Errorf("left out %q, want %q", not, want)
	}
}

// Proves that a value that one format cannot carry is written in the others.
func TestComposeRefusesOneFormat(t *testing.T) {
	group := recipetest.Samples()[1]
	group.Changes[0].Before = host.Before{State: host.Present, Data: host.String(`a "quoted" text`)}
	set := recipe.Compose([]recipe.Plan{group}, nil, formats.All(), message.For("ja"))
	var names []string
	for _, f := range set.Files {
		if !strings.HasPrefix(f.Name, "all/") {
			names = append(names, f.Name[strings.IndexByte(f.Name, '/')+1:])
		}
	}
	if want := []string{"apply.ps1", "undo.ps1", "verify.ps1", "hosts.txt", "README.txt"}; !slices.Equal(names, want) || set.Groups != 1 {
		t.Errorf("%v", names)
	}
	if len(set.Refused) != 2 || set.Refused[0].Format != "reg" || set.Refused[1].Format != "cmd" {
		t.Errorf("%+v", set.Refused)
	}
}

// Proves that an archive holds what a folder would, to the same bytes each time.
func TestZip(t *testing.T) {
	set := recipe.Compose(recipetest.Samples()[:2], nil, formats.All(), message.For("ja"))
	var first, second bytes.Buffer
	if err := errors.Join(recipe.Zip{Out: &first}.Put(set.Files), recipe.Zip{Out: &second}.Put(set.Files)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two archives of one set differ")
	}
	archive, err := zip.NewReader(bytes.NewReader(first.Bytes()), int64(first.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range append([]recipe.File{{Name: recipe.ManifestName}}, set.Files...) {
		in, err := archive.Open(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil || i > 0 && !bytes.Equal(data, f.Data) {
			t.Errorf("%s: %d bytes, %v", f.Name, len(data), err)
		}
	}
}

// Proves that a file which holds several groups is never taken for one that does
// nothing: what it does is not known, and where to look is said.
func TestReadAllIsOpaque(t *testing.T) {
	set := recipe.Compose(recipetest.Samples()[:3], nil, formats.All(), message.For("ja"))
	read := 0
	for _, f := range set.Files {
		if name, ok := strings.CutPrefix(f.Name, "all/"); !ok || !strings.HasPrefix(name, "apply.") && !strings.HasPrefix(name, "undo.") {
			continue
		}
		r, err := formats.Read(f.Name, f.Data)
		if err != nil || !r.Opaque() || len(r.Findings) != 1 || r.Findings[0].Rule != "all-groups" || len(r.Steps) > 0 {
			t.Errorf("%s: %+v %v", f.Name, r, err)
		}
		read++
	}
	if read != 4 {
		t.Errorf("%d files", read)
	}
}
