// Package labkit is what the tests with real servers share: keys, processes that
// end with the test, and the program's own word on an endpoint.
package labkit
