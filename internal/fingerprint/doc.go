// Package fingerprint tells from a ClientHello what sent it: by the two names that other
// tools give hellos, JA3 and JA4, and by a table of stacks in which each entry says where
// it was seen.
//
// What no entry knows stays unknown. Windows is not in the table: the hellos that the
// model of its stacks predicts are compared instead, so that what is said of the client
// is what check says of the host.
package fingerprint
