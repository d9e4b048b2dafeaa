package page

import (
	"encoding/json"
	"reflect"
	"testing"
)

// Proves that the first screen shows the same out of the listing that was made for a page
// as out of the knowledge itself.
func TestMadeListing(t *testing.T) {
	var s Session
	want, err := s.Start("2026-11-29", "ja")
	if err != nil {
		t.Fatal(err)
	}
	list, err := List()
	if err != nil {
		t.Fatal(err)
	}
	before := made
	defer func() { made = before }()
	if made, err = json.Marshal(list); err != nil {
		t.Fatal(err)
	}
	got, err := s.Start("2026-11-29", "ja")
	if err != nil || !reflect.DeepEqual(got, want) || len(got.Services) < 10 || len(got.Systems) < 10 {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
