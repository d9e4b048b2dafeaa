package runs

import (
	"path/filepath"
	"regexp"
	"strings"

	"tlsready/internal/fleet"
)

// dates finds YYYY-MM-DD, YYYY_MM_DD and YYYYMMDD that stand by themselves.
var dates = regexp.MustCompile(`(?:^|[^0-9])((?:19|20|21)[0-9]{2})([-_.]?)(0[1-9]|1[0-2])([-_.]?)(0[1-9]|[12][0-9]|3[01])(?:$|[^0-9]|[0-9]{4}(?:[0-9]{2})?(?:$|[^0-9]))`)

// dayIn finds the day that a path names: in the file's name, else in that of the nearest
// folder. Behind YYYYMMDD a time of day may follow.
func dayIn(path string) fleet.Day {
	parts := strings.Split(filepath.ToSlash(path), "/")
	for i := len(parts) - 1; i >= 0; i-- {
		for _, m := range dates.FindAllStringSubmatch(parts[i], -1) {
			if m[2] != m[4] {
				continue
			}
			if d := fleet.ParseDay(m[1] + "-" + m[3] + "-" + m[5]); d.Plausible() {
				return d
			}
		}
	}
	return fleet.NoDay
}
