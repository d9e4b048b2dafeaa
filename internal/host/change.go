package host

// Change is one registry value to set or to delete, with the state that it
// finds, so that it can be undone.
type Change struct {
	OSChoice  bool // leaves the choice of protocols to the operating system; of fixes alike, that one is better
	Key, Name string
	Data               // what to write; unused with Delete
	Delete    bool     // remove the value
	Tree      bool     // with Delete: the whole key with all that is below it; there is no Name
	Before    Before   // what was there
	Owner     string   // "group-policy" where a policy will write the value again
	Policy    string   // name of the group policy object that will, where it is known
	Services  []string // ids of the services that need it
}

// Edit is a change whose place is folded once, for whoever makes it on many views.
type Edit struct {
	Change
	Ref Ref
}

// NewEdit makes an Edit.
func NewEdit(c Change) *Edit { return &Edit{Change: c, Ref: NewRef(c.Key, c.Name)} }

// Before is the state of a value before a change.
type Before struct {
	State State
	Data  // meaningful where State is Present
}

// GroupPolicy is the Owner of values below HKLM\SOFTWARE\Policies and its like.
const GroupPolicy = "group-policy"

// Undo is the change that restores what was there. The undo of a value that was
// absent deletes the value; it never deletes a key.
func (c Change) Undo() Change {
	u := Change{Key: c.Key, Name: c.Name, Owner: c.Owner, Policy: c.Policy, Services: c.Services}
	if c.Before.State == Present {
		u.Data = c.Before.Data
	} else {
		u.Delete = true
	}
	if c.Delete {
		u.Before = Before{State: Absent}
	} else {
		u.Before = Before{State: Present, Data: c.Data}
	}
	return u
}

// Unsure is a value of which nobody knows whether it was changed, and to what. With
// Tree it is the key with all that is below it.
type Unsure struct {
	Key, Name string
	Tree      bool
}
