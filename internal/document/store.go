package document

// StoreSchema is the name of the result format of the commands about a store.
const StoreSchema = "tlsready.store/v1"

// Store says what is in a store, or what was done with it.
type Store struct {
	Schema string `json:"schema"`
	Store  string `json:"store"`  // the file, or the URL without a password
	Action string `json:"action"` // info, backup, restore, prune
	File   string `json:"file,omitempty"`
	// Version is that of the tables.
	Version int  `json:"version"`
	DryRun  bool `json:"dryRun,omitempty"` // nothing was removed
	// Counts are the entries by table: those that are there, that were written or read,
	// or that were removed.
	Counts map[string]int64 `json:"counts"`
	// Tenants are the same for each tenant; empty for a backup, which has all of them.
	Tenants []StoreTenant `json:"tenants"`
}

// StoreTenant is a tenant of a store.
type StoreTenant struct {
	Tenant string           `json:"tenant"`
	Counts map[string]int64 `json:"counts"`
}

// What was done, as [Store.Action] says it.
const (
	StoreInfo    = "info"
	StoreBackup  = "backup"
	StoreRestore = "restore"
	StorePrune   = "prune"
)

// StoreTables are the tables that people are told of, in that order.
func StoreTables() []string {
	return []string{"hosts", "snapshots", "verdicts", "probes", "observations", "fixes", "owners", "tags", "exemptions", "contents"}
}
