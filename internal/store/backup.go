package store

// BackupSchema is the name of the format of backups: JSON Lines, compressed by zstd. The
// first line is a [BackupHead]; then each table is a [BackupTable] and its rows, each an
// array of its columns, bytes in base64. The last line is a [BackupEnd]: a backup without
// it was cut off.
const BackupSchema = "tlsready.store-backup/v1"

// BackupHead begins a backup.
type BackupHead struct {
	Schema  string `json:"schema"`
	Version int    `json:"version"` // of the tables
}

// BackupTable begins the rows of a table. A column is "name" for a text, "name:i" for an
// integer and "name:b" for bytes.
type BackupTable struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// BackupEnd ends a backup.
type BackupEnd struct {
	End  bool  `json:"end"`
	Rows int64 `json:"rows"`
}
