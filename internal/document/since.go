package document

// Since is what became of the hosts since an earlier run.
type Since struct {
	File     string      `json:"file"`     // the lines of that run, as named
	Mended   []SinceHost `json:"mended"`   // failed, connect
	FellBack []SinceHost `json:"fellBack"` // connected, fail
	Judged   []SinceHost `json:"judged"`   // were not judged, are now
	Unjudged []SinceHost `json:"unjudged"` // were judged, are not now
	New      []SinceHost `json:"new"`      // were not there
	Gone     []SinceHost `json:"gone"`     // are not there
}

// SinceHost is a host whose outcome is another one than it was: the worst of all its
// services.
type SinceHost struct {
	Host   string `json:"host"`
	Before string `json:"before,omitempty"` // verdict; "" if the row is new
	After  string `json:"after,omitempty"`  // "" if the row is gone
	// Policy are the values that a group policy writes and that have to change, of a
	// host that fell back.
	Policy []string `json:"policy,omitempty"`
}
