package survey

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tlsready/internal/message"
)

// Proves that every text and hint that the code of this package and of judge names
// exists.
func TestTextsExist(t *testing.T) {
	var entries []string
	for _, pattern := range []string{"*.go", "judge/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, found...)
	}
	english := message.For("en")
	seen := 0
	for _, entry := range entries {
		if strings.HasSuffix(entry, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			for _, id := range textIDs(call) {
				if seen++; !english.Has(id) {
					t.Errorf("%s: no text %q", entry, id)
				}
			}
			return true
		})
	}
	if seen < 40 {
		t.Errorf("only %d texts found in the code", seen)
	}
}

// textIDs are the ids that a call names: problem("id"), mistake("id"), said(m, "id"),
// message.New("id") and message.Error("id").
func textIDs(call *ast.CallExpr) []string {
	name, at := "", 0
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	if name == "said" {
		at = 1
	}
	if len(call.Args) <= at {
		return nil
	}
	literal, ok := call.Args[at].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return nil
	}
	id, _ := strconv.Unquote(literal.Value)
	switch name {
	case "problem", "mistake":
		return []string{"survey.error." + id, "survey.hint." + id}
	case "said":
		return []string{"survey.error." + id}
	case "New", "Error":
		return []string{id}
	}
	return nil
}
