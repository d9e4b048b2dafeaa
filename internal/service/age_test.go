package service_test

import (
	"testing"
	"time"

	"tlsready/internal/service"
)

// TestProfilesAreOfToday proves that no built-in profile was last held against its
// pages more than a year before this release's data; the page to look at again is
// named. It counts from the newest profile, not from the clock, so that an old checkout
// still passes.
func TestProfilesAreOfToday(t *testing.T) {
	var newest time.Time
	var all []*service.Profile
	for _, id := range service.IDs() {
		p, _, err := service.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
		if p.AsOf.After(newest) {
			newest = p.AsOf.Time
		}
	}
	for _, p := range all {
		if p.AsOf.AddDate(1, 0, 0).Before(newest) {
			page := "its pages"
			if len(p.Citations) > 0 {
				page = p.Citations[0].URL
			}
			t.Errorf("%s is as of %s: look at %s again", p.ID, p.AsOf, page)
		}
	}
}
