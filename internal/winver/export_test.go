package winver

// Releases lists the releases, oldest first.
func Releases() []Release { return table() }
