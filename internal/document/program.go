package document

// SettingsSchema is the name of the format of config show.
const SettingsSchema = "tlsready.settings/v1"

// Settings are the flags of the program, by name.
type Settings struct {
	Schema   string    `json:"schema"`
	Settings []Setting `json:"settings"`
}

// Setting is one flag, its value, and where the value came from.
type Setting struct {
	Name     string   `json:"name"`
	Values   []string `json:"values"`
	Origin   string   `json:"origin"` // default, flag, environment, file
	Where    string   `json:"where,omitempty"`
	Variable string   `json:"variable"` // its environment twin; "" for a flag that counts on the command line alone
}

// VersionSchema is the name of the format of version.
const VersionSchema = "tlsready.version/v1"

// Version is what the program knows of its own making.
type Version struct {
	Schema   string `json:"schema"`
	Version  string `json:"version"`            // a tag, a pseudo-version, or "development"
	Revision string `json:"revision,omitempty"` // commit
	Time     string `json:"time,omitempty"`     // of the commit, RFC 3339
	Modified bool   `json:"modified,omitempty"` // built from files that were not committed
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

// The objects of standard error, one a line, if the result is JSON. They carry no
// schema member: they are told by the one that they begin with.

// Error ends a run that did not do its work.
type Error struct {
	Error      string `json:"error"`
	Hint       string `json:"hint,omitempty"`
	ExitStatus int    `json:"exitStatus"`
}

// Warning is something that the run went on after.
type Warning struct {
	Warning string `json:"warning"`
}

// Applied is what became of one machine under fix --apply.
type Applied struct {
	Host    string `json:"host"`
	Outcome string `json:"outcome"` // changed, unchanged, untouched, half, unreadable, notBegun
	Verdict string `json:"verdict,omitempty"`
	Undo    string `json:"undo,omitempty"` // path of the undo file
	Error   string `json:"error,omitempty"`
	Hint    string `json:"hint,omitempty"`
}
