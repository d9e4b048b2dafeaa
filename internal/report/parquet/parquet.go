// Package parquet writes the connections of watch as a Parquet file, a row for each, for
// those who keep many of them and ask DuckDB, Spark or a data warehouse. It stands apart
// from the other formats so that the page in a browser need not carry the library.
package parquet

import (
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"tlsready/internal/document"
	"tlsready/internal/report/view"
)

// groupRows is how many rows are held until they are written, as one row group. A reader
// takes a group at a time and skips those that cannot have what it looks for: fewer rows
// would cost more statistics than they save, more rows memory on both sides.
const groupRows = 1 << 15

// portion is how many rows are handed to the library at once.
const portion = 256

// maxOffers bounds the hellos whose names are kept: those who judge give the same one for
// all that are alike.
const maxOffers = 4096

// Format is Parquet.
func Format() view.Format {
	return view.Format{Name: "parquet", Extensions: []string{".parquet"}, Binary: true, Watch: newWriter, WatchLines: true, LinesAlone: true}
}

// writer writes connections.
type writer struct {
	out    *parquet.GenericWriter[row]
	rows   []row
	offers map[*document.ConnectionOffer]*offered
}

// newWriter compresses at the level at which zstd needs least memory: what it would save
// on others, dictionaries have saved before.
func newWriter(w io.Writer, _ view.WatchOptions) view.WatchWriter {
	return &writer{
		out: parquet.NewGenericWriter[row](w, parquet.MaxRowsPerRowGroup(groupRows), parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
			parquet.CreatedBy("tlsready", "", ""), parquet.KeyValueMetadata("schema", document.ConnectionSchema)),
		rows: make([]row, 0, portion), offers: map[*document.ConnectionOffer]*offered{},
	}
}

// Connection writes one connection.
func (w *writer) Connection(c *document.Connection) error {
	r := rowOf(c)
	r.Offered = w.offered(c.Offered)
	if w.rows = append(w.rows, r); len(w.rows) < portion {
		return nil
	}
	return w.flush()
}

// offered is what a hello says, made once for those that are shared.
func (w *writer) offered(o *document.ConnectionOffer) *offered {
	if o == nil {
		return nil
	}
	have := w.offers[o]
	if have == nil {
		if len(w.offers) >= maxOffers {
			clear(w.offers)
		}
		have = offeredOf(o)
		w.offers[o] = have
	}
	return have
}

func (w *writer) flush() error {
	_, err := w.out.Write(w.rows)
	w.rows = w.rows[:0]
	return err
}

// End writes what is still held back, and the directory of the file, without which it is
// none. The sum itself has no place in it.
func (w *writer) End(*document.Watch) error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.out.Close()
}
