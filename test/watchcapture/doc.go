// Package watchcapture holds what watch says of traffic that is recorded while it flows:
// in a network of its own, without a cable to any other, clients of OpenSSL and curl come
// to servers of OpenSSL, and tcpdump records them.
package watchcapture
