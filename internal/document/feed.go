package document

import "time"

// Feed is the deadlines of services, for calendars and feed readers.
type Feed struct {
	Title string
	Day   string // the day on which it is written
	Items []FeedItem
}

// FeedItem is one day on which a service changes what it accepts.
type FeedItem struct {
	ID  string // SERVICE-DATE: the same for as long as the day does not move
	Day string // yyyy-mm-dd
	// From and To are the event's hours; zero for a whole day.
	From, To time.Time
	Title    string
	Text     string
	URL      string // the first source; may be ""
	AsOf     string // the day on which the profile was held against its sources
	Status   string // announced, enforced, unverified
}

// JSONFeed is a feed as JSON (https://www.jsonfeed.org/version/1.1/).
type JSONFeed struct {
	Version string         `json:"version"`
	Title   string         `json:"title"`
	Items   []JSONFeedItem `json:"items"`
}

// JSONFeedItem is one item of a JSON feed.
type JSONFeedItem struct {
	ID        string   `json:"id"`
	URL       string   `json:"url,omitempty"`
	Title     string   `json:"title"`
	Text      string   `json:"content_text"`
	Published string   `json:"date_published"` // the day, at midnight in UTC
	Modified  string   `json:"date_modified"`
	Tags      []string `json:"tags"`
}
