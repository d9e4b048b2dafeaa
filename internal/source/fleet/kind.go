package source

import (
	"tlsready/internal/source/fleet"
)

// exportKinds are the exports of fleet tools. They come before the inventory,
// which would take any list with a column of names.
func exportKinds() []Kind {
	var list []Kind
	for _, k := range fleet.Kinds() {
		list = append(list, Kind{
			Name:  k.Name,
			Sniff: func(head []byte, _ string) bool { return k.Sniff(head) },
			Limit: k.Limit,
			Read:  func(in Input, opt Options) ([]Host, error) { return readFleet(k, in, opt) },
		})
	}
	return list
}

// readFleet reads one export; a machine that it does not name gets the id of
// the file.
func readFleet(k fleet.Kind, in Input, opt Options) ([]Host, error) {
	o := fleet.Options{Covered: opt.Covered}
	if opt.OS != "" {
		os, err := ParseOS(opt.OS)
		if err != nil {
			return nil, err
		}
		o.OS = os
	}
	var hosts []Host
	for _, f := range in.Files {
		found, err := k.Read(f.Path, f.Data, o)
		if err != nil {
			return nil, err
		}
		for _, h := range found {
			hosts = append(hosts, Host{ID: h.ID, Path: f.Path, Snapshot: h.Snapshot, Err: h.Err})
		}
	}
	return hosts, nil
}
