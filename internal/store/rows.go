package store

// Rows are the rows of an answer, of either database.
type Rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
}

// EachRow calls take with a scanner of every row. Who asked for the rows closes them.
func EachRow(rows Rows, take func(scan func(...any) error) error) error {
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
