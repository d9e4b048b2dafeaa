package frame

import (
	"runtime"
	"runtime/debug"

	"tlsready/internal/document"
)

// Build is what the program was built from, as the module system knows it.
func Build() document.Version {
	b := document.Version{Schema: document.VersionSchema, Version: "development", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
