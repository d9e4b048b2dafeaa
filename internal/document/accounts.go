package document

// AccountsSchema is the name of the result format of the commands about users and tokens.
const AccountsSchema = "tlsready.accounts/v1"

// Accounts are users and tokens of a console, or what was done about them.
type Accounts struct {
	Schema string `json:"schema"`
	// Action is what was done: list, add, password, disable, enable, remove, revoke.
	Action string  `json:"action"`
	Users  []User  `json:"users,omitempty"`
	Tokens []Token `json:"tokens,omitempty"`
}

// User is somebody who may sign in.
type User struct {
	Name string `json:"name"`
	// Roles are what the user may do, by tenant; "*" stands for all tenants.
	Roles    map[string]string `json:"roles"`
	Disabled bool              `json:"disabled,omitempty"`
	// Elsewhere says that the user signs in at the OpenID provider.
	Elsewhere bool   `json:"elsewhere,omitempty"`
	Created   string `json:"created"` // YYYY-MM-DD
}

// Token lets a program in.
type Token struct {
	// Hash names the token, see "tlsready serve token revoke".
	Hash    string `json:"hash"`
	Name    string `json:"name"`
	Kind    string `json:"kind"` // api, enrol, worker
	Role    string `json:"role,omitempty"`
	Tenant  string `json:"tenant"`
	Host    string `json:"host,omitempty"` // the computer that it is bound to
	By      string `json:"by,omitempty"`
	Created string `json:"created"`           // YYYY-MM-DD
	Expires string `json:"expires,omitempty"` // YYYY-MM-DD; left out for never
	Used    string `json:"used,omitempty"`    // the day of its last use
	// Secret is what the program sends. It is shown when the token is made and never again.
	Secret string `json:"secret,omitempty"`
}
