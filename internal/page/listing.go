package page

import (
	_ "embed"
	"encoding/json"
	"slices"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/service"
	"tlsready/internal/winver"
)

// Listing is what the first screen offers, whatever the day and the language.
type Listing struct {
	Services []document.ListedService `json:"services"`
	Systems  []string                 `json:"systems"`
}

// made is the listing that pack made, so that the first screen does not wait until all
// built-in knowledge was read; "{}" outside of a page.
//
//go:embed listing.json
var made []byte

// listed is the listing that was made, or a new one.
func listed() (Listing, error) {
	var l Listing
	if err := json.Unmarshal(made, &l); err != nil || l.Services != nil {
		return l, err
	}
	return List()
}

// List reads the listing out of the built-in knowledge.
func List() (Listing, error) {
	l := Listing{Systems: systems()}
	for _, id := range service.IDs() {
		p, _, err := service.ByID(id)
		if err != nil {
			return l, err
		}
		l.Services = append(l.Services, assess.UndatedService(p))
	}
	return l, nil
}

// systems names the versions of Windows, as a user may say which one a file is from.
func systems() []string {
	var names []string
	for _, r := range winver.Releases() {
		for _, name := range []string{r.Server.Name(), r.Client.Name()} {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	slices.Reverse(names)
	return names
}
