package service

import "strings"

// Like are the services whose id, or name in English or in lang, contains a text; if the text
// is the id of a service, only that one. An error is a profile that cannot be read.
func Like(text, lang string) ([]*Profile, error) {
	want := strings.ToLower(strings.TrimSpace(text))
	var list []*Profile
	for _, id := range IDs() {
		p, _, err := ByID(id)
		if err != nil {
			return nil, err
		}
		if id == want {
			return []*Profile{p}, nil
		}
		for _, name := range []string{id, p.Name["en"], p.Name[lang]} {
			if strings.Contains(strings.ToLower(name), want) {
				list = append(list, p)
				break
			}
		}
	}
	return list, nil
}
