package site

import (
	"bytes"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
)

// Bounds of the archives of fixes. Groups come the largest first, so that what is beyond
// them is of few hosts; for those the page names the command that writes the files.
const (
	maxArchives = 100
	maxPlans    = 50      // of one group: states that its hosts start from
	maxArchive  = 1 << 20 // bytes
)

// archive is the fix of a group as files, in a folder for each system and state that its
// hosts start from: what "fix --dir" writes, apart from the one script for all hosts, for
// which the names that computers give themselves would have to be known, and from a test
// connection, for which the programs would. Hosts is how many it is for; with none there
// are no files.
func (b *builder) archive(g *document.FleetGroup) (data []byte, hosts int, err error) {
	plans := b.plans(g)
	if len(plans) == 0 || len(plans) > maxPlans {
		return nil, 0, nil
	}
	set := recipe.Compose(plans, nil, formats.All(), b.W.Catalog)
	files := slices.DeleteFunc(set.Files, func(f recipe.File) bool { return strings.HasPrefix(f.Name, recipe.AllFolder+"/") })
	if len(files) == 0 {
		return nil, 0, nil
	}
	var out bytes.Buffer
	if err := (recipe.Zip{Out: &out}).Put(files); err != nil {
		return nil, 0, err
	}
	if out.Len() > maxArchive {
		return nil, 0, nil
	}
	return out.Bytes(), set.Hosts, nil
}

// plans are what the hosts of a group need, those of the same system that start from the
// same state together. Hosts of which nobody knows what the undo would be are left out.
func (b *builder) plans(g *document.FleetGroup) []recipe.Plan {
	type start struct{ version, architecture, fix string }
	at := map[start]int{}
	var list []recipe.Plan
	for _, id := range g.Hosts {
		h := b.hosts[id]
		own := b.fixIn(h, g)
		if own == nil {
			continue
		}
		var os host.OS
		if h.OS != nil {
			os = *h.OS
		}
		key := start{os.Version, os.Architecture, own.ID}
		i, known := at[key]
		if !known {
			p, ok := planOf(g, own.Changes, os)
			if !ok {
				continue
			}
			i = len(list)
			at[key], list = i, append(list, p)
		}
		list[i].Hosts = append(list[i].Hosts, id)
	}
	return list
}

// fixIn is what a host of a group has to change; nil if that is not known.
func (b *builder) fixIn(h *document.FleetHost, g *document.FleetGroup) *document.FleetFix {
	if h == nil {
		return nil
	}
	for i := range h.Services {
		if s := &h.Services[i]; s.Group == g.ID && !s.Gone {
			return b.fixes[s.Fix]
		}
	}
	return nil
}

// planOf is the plan of a fix; ok is false if no script can make it and take it back.
func planOf(g *document.FleetGroup, changes []document.Change, os host.OS) (p recipe.Plan, ok bool) {
	p = recipe.Plan{OS: os, Restart: recipe.Restart(g.Restart)}
	for i := range changes {
		if changes[i].Before == nil {
			return p, false
		}
		c := changes[i].Registry()
		c.Services = []string{g.Service}
		p.Changes = append(p.Changes, c)
	}
	if why := recipe.NoScript("", p.Changes); !why.IsZero() {
		return p, false
	}
	p.Notes = recipe.ComesBack(p.Changes)
	for _, need := range g.Prerequisites {
		one := recipe.Prerequisite{Kind: need.Kind, ID: need.ID}
		if need.Or != "" {
			one.Or = message.New("prerequisite.or-later")
		}
		p.Prerequisites = append(p.Prerequisites, one)
	}
	return p, true
}
