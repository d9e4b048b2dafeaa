// Package clients judges what was seen: which clients would survive a service that takes
// less than today's servers, who owns them, and what helps. It is pure: connections come
// in as values, and what is said of them goes out as documents.
//
// A connection is judged by itself ([Judge]). What takes several connections to say (that
// a server gives others the newer version, that a client has since come with it, that
// several stacks stand behind one address) is worked out by [Sum], whose result does not
// depend on the order in which connections came.
package clients
