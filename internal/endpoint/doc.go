// Package endpoint works out what follows from one probed endpoint: which clients
// could connect, now or if the server changed; whether a policy, a service's
// statement or a server's own settings are met; what changed since an earlier run.
//
// It reads the endpoint as the document that probe writes and knows nothing of how it
// was learned, so that a store, a gate or a page can judge again at any time:
//
//	e, err := document.ReadEndpoint(line)
//	clients := endpoint.NewSimulator(model, list).Clients(e, nil)
//	findings := endpoint.Policy(p).Findings(e)
//
// It is pure: no I/O, no clock; a date is an argument. Everything may be used from
// several goroutines at once.
package endpoint
