package api

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.json
var document31 []byte

// openAPI gives the description of the API.
func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	_, _ = w.Write(document31) // the one who asked has gone
}
