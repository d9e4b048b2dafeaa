package clients

import (
	"hash/fnv"

	"tlsready/internal/observe"
)

// Shard is a part of the clients, so that several runs share the work. All parts together
// are the whole, and a client is in one of them alone.
type Shard struct{ Number, Of int } // from 1; the zero value is the whole

// Has says whether the connection's client belongs to the part.
func (s Shard) Has(c *observe.Connection) bool {
	if s.Of < 2 {
		return true
	}
	client, sum := clientOf(c), fnv.New32a()
	if client.address.IsValid() {
		b := client.address.As16()
		_, _ = sum.Write(b[:])
	}
	_, _ = sum.Write([]byte(client.name))
	return int(sum.Sum32()%uint32(s.Of)) == s.Number-1
}
