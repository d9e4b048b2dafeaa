package loopback

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
)

// The ports from which those of servers are taken: below them are those of well-known
// services, above them those that Linux gives to whoever connects (ip_local_port_range).
// One of these could be gone before the server listens, or while it is started anew.
const lowest, highest = 10000, 32767

// FreePorts gives different ports of loopback on which nobody listens, for servers that
// have to be told theirs.
func FreePorts(n int) (ports []int, err error) {
	lowest, highest := lowest, highest
	if given := firstGiven(); given <= highest {
		highest = given - 1
	}
	if highest-lowest < 1000 { // this system gives away nearly all of them
		lowest, highest = 0, 0
	}
	for tries := 0; len(ports) < n; tries++ {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(lowest+rand.IntN(highest-lowest+1))))
		if err != nil && tries < 100*n {
			continue // somebody listens there
		}
		if err != nil {
			return nil, errors.Join(errors.New("no port is free"), err)
		}
		defer l.Close() // until all are found, so that they differ
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// firstGiven is the first port that the system gives to whoever connects.
func firstGiven() (first int) {
	text, _ := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range") // not there on other systems
	if _, err := fmt.Sscan(string(text), &first); err != nil {
		return highest + 1
	}
	return first
}
