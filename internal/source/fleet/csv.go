package fleet

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"tlsready/internal/message"

	"golang.org/x/text/width"
)

// plainHeader folds case, width and the marks in a column's name.
func plainHeader(text string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "", "\t", "", `"`, "", "\ufeff", "", "(", "", ")", "").Replace(strings.ToLower(width.Fold.String(text)))
}

// headerOf reads the first line of a CSV file, and what parts its columns.
func headerOf(text string) (fields []string, comma rune) {
	line, _, _ := strings.Cut(strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), "\r\n"), "\n")
	for _, comma := range ",;\t" {
		parts := strings.Split(strings.TrimRight(line, "\r"), string(comma))
		if len(parts) > 1 {
			for i := range parts {
				parts[i] = plainHeader(parts[i])
			}
			return parts, comma
		}
	}
	return nil, 0
}

// sheet is a CSV file being read row by row.
type sheet struct {
	path    string
	columns []string
	r       *csv.Reader
	line    int
	length  int64
	ended   bool // the text ends with a line end
}

// half says that the row that was read last may be cut off within its last cell: it
// is the last one, and no line end closes it.
func (s *sheet) half() bool { return !s.ended && s.r.InputOffset() >= s.length }

func openSheet(path string, data []byte) (*sheet, error) {
	text, err := decodeText(data)
	if err != nil {
		return nil, message.At(path, err)
	}
	text = strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), "\r\n")
	columns, comma := headerOf(text)
	if columns == nil {
		return nil, message.Error("fleet.no-columns").OnLine(1).At(path)
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = comma, -1
	_, err = r.Read()
	if err != nil {
		return nil, csvError(path, err)
	}
	return &sheet{path: path, columns: columns, r: r, length: int64(len(text)), ended: strings.HasSuffix(text, "\n")}, nil
}

// next reads a row by its columns' names; nil at the end.
func (s *sheet) next() (map[string]string, error) {
	fields, err := s.r.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, csvError(s.path, err)
	}
	if len(fields) > 0 {
		s.line, _ = s.r.FieldPos(0)
	}
	if len(fields) < len(s.columns) {
		return nil, message.Error("fleet.row-cut", message.Int("n", len(fields)), message.Int("all", len(s.columns))).OnLine(s.line).At(s.path)
	}
	row := map[string]string{}
	for i, f := range fields {
		if i < len(s.columns) && row[s.columns[i]] == "" {
			row[s.columns[i]] = f
		}
	}
	return row, nil
}

// csvError names the line in which a row begins that cannot be read: a quote that
// does not end takes all later rows with it.
func csvError(path string, err error) error {
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return message.At(path, message.OnLine(bad.StartLine, bad.Err))
	}
	return message.At(path, err)
}

// cell is the first column of those that is filled.
func cell(row map[string]string, names ...string) string {
	for _, name := range names {
		if text := strings.TrimSpace(row[name]); text != "" {
			return text
		}
	}
	return ""
}

func hasColumn(columns []string, names ...string) bool {
	for _, c := range columns {
		for _, name := range names {
			if c == name {
				return true
			}
		}
	}
	return false
}
