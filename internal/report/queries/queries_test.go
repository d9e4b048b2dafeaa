package queries

import (
	"strings"
	"testing"

	"tlsready/internal/message"
)

// Proves that every question is written for every place, with its words in both
// languages, and that a file's name cannot end its quotes. test/queries puts them to
// DuckDB and to Kusto's parser.
func TestWrite(t *testing.T) {
	for _, lang := range message.Languages() {
		words := message.For(lang)
		for _, p := range Places() {
			text := p.Write(words, "it's.jsonl")
			for _, q := range questions() {
				if !strings.Contains(text, p.note+words.Text("queries."+q.id)+"\n") || !words.Has("queries."+q.id) {
					t.Errorf("%s %s: %s is missing", lang, p.Name, q.id)
				}
			}
			if p.Name == "duckdb" && !strings.Contains(text, "read_json('it''s.jsonl'") {
				t.Errorf("%s: the name is not quoted", p.Name)
			}
			if text := p.Write(words, "it's-*.Parquet"); p.Name == "duckdb" && !strings.Contains(text, "FROM read_parquet('it''s-*.Parquet');\n") {
				t.Errorf("%s: Parquet is not read as such: %.600s", p.Name, text)
			}
		}
	}
}
