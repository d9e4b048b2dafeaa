package source

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"tlsready/internal/source/image"
)

// imageKind reads disk images of machines that are switched off: what the file
// systems in them hold as SYSTEM and SOFTWARE.
func imageKind() Kind {
	return Kind{Name: "image", Sniff: image.Sniff, ReadPath: readImage}
}

func readImage(ctx context.Context, in Input, opt Options) ([]Host, error) {
	hives, stats, err := image.Hives(ctx, in.Path)
	var e *image.Error
	if errors.As(err, &e) {
		return nil, &Error{Path: e.Path, Msg: e.Msg, Hint: e.Hint, Err: e}
	}
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(hives)) {
		in.Files = append(in.Files, File{filepath.Join(in.Path, name), hives[name]})
	}
	hosts, err := hivesOf("image", in, opt)
	for _, h := range hosts {
		h.Snapshot.Notes = append(h.Snapshot.Notes, stats.Notes...)
	}
	return hosts, err
}
