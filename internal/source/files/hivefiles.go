package files

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/source"
)

// isHiveName says whether a file bears the name of a hive that is read, as in
// C:\Windows\System32\config.
func isHiveName(name string) bool {
	return strings.EqualFold(name, "SYSTEM") || strings.EqualFold(name, "SOFTWARE")
}

// isLogName says whether a file is the transaction log of a hive.
func isLogName(name string) bool {
	return source.HasSuffixFold(name, ".LOG") || source.HasSuffixFold(name, ".LOG1") || source.HasSuffixFold(name, ".LOG2")
}

// besideHives says whether a file belongs to a folder of hives without being a
// host itself: the hives, the other hives of the same Windows folder, and logs.
func besideHives(name string) bool {
	for _, hive := range []string{"SYSTEM", "SOFTWARE", "SAM", "SECURITY", "DEFAULT", "COMPONENTS", "DRIVERS", "BCD-Template", "ELAM", "BBI", "NTUSER.DAT", "UsrClass.dat", "Amcache.hve"} {
		if strings.EqualFold(name, hive) || isLogName(name) && strings.EqualFold(name[:strings.LastIndexByte(name, '.')], hive) {
			return true
		}
	}
	return source.HasSuffixFold(name, ".blf") || source.HasSuffixFold(name, ".regtrans-ms")
}

// logsBeside are the logs of a hive file, in any case.
func logsBeside(path string) []string {
	dir, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return nil // a folder that may be entered but not listed
	}
	var logs []string
	for _, e := range entries {
		if isLogName(e.Name()) && strings.EqualFold(e.Name()[:strings.LastIndexByte(e.Name(), '.')], name) {
			logs = append(logs, filepath.Join(dir, e.Name()))
		}
	}
	return logs
}

// hiveFolder picks the hives of a folder that holds SYSTEM or SOFTWARE, with their
// logs, and leaves out what else lies in such a folder.
func hiveFolder(f source.Folder) (together, rest []string) {
	for _, name := range f.Files {
		if isHiveName(name) || isLogName(name) && isHiveName(name[:strings.LastIndexByte(name, '.')]) {
			together = append(together, name)
		}
	}
	if !slices.ContainsFunc(together, isHiveName) {
		return nil, f.Files
	}
	return together, slices.DeleteFunc(slices.Clone(f.Files), besideHives)
}
