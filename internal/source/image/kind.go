package image

import (
	"context"
	"maps"
	"path/filepath"
	"slices"

	"tlsready/internal/source"
	"tlsready/internal/source/files"
)

// Kind reads disk images of machines that are switched off: what the file
// systems in them hold as SYSTEM and SOFTWARE.
func Kind() source.Kind {
	return source.Kind{Name: "image", Sniff: Sniff, ReadPath: readImage, Extensions: Extensions()}
}

func readImage(ctx context.Context, in source.Input, opt source.Options) ([]source.Host, error) {
	hives, stats, err := Hives(ctx, in.Path)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(hives)) {
		in.Files = append(in.Files, source.File{Path: filepath.Join(in.Path, name), Data: hives[name]})
	}
	hosts, err := files.HivesOf("image", in, opt)
	for _, h := range hosts {
		h.Snapshot.Notes = append(h.Snapshot.Notes, stats.Notes...)
	}
	return hosts, err
}
