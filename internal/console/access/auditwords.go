package access

import "strings"

// actionWords are the words for what was done, by the action as it is kept, and by the method
// and the path of a route without /api/v1. A page and the API that do the same have the same
// words.
func actionWords() map[string]string {
	return map[string]string{
		"sign-in": "sign-in", "sign-out": "sign-out", "password": "password", "token": "token",
		"user.add": "user-add", "user.password": "user-password", "user.enable": "user-change", "user.disable": "user-change", "user.remove": "user-remove",
		"token.add": "token-add", "token.remove": "token-remove",
		"store.prune": "prune", "store.restore": "restore", "store.exempt": "exempt", "store.owner": "own",

		"POST /tenant":           "tenant",
		"POST /account/password": "password",
		"POST /people/user":      "user-add", "POST /people/role": "user-role", "POST /people/disable": "user-change", "POST /people/password": "user-password",
		"POST /people/token": "token-add", "POST /people/token/remove": "token-remove",

		"POST /add": "add", "POST /add/example": "example", "POST /import": "add", "POST /results": "results", "POST /hosts": "report",
		"POST /fix/{id...}": "fix", "GET /hosts/{id}/fix": "fix",
		"POST /offer/{id...}": "offer", "POST /hosts/{id}/fix": "offer",
		"POST /decide/{id...}": "decide", "PUT /hosts/{id}/fix": "decide",
		"POST /exempt/{id...}": "exempt", "PUT /exemptions": "exempt",
		"POST /own/{id...}": "own", "PUT /owners": "own",
		"POST /tag/{id...}": "tag", "POST /tags": "tag", "PUT /tags": "tag",

		"POST /schedules/{name}/run": "run",
		"POST /recheck/{service}":    "recheck", "POST /services/{service}/recheck": "recheck",
		"POST /probe/{target}": "probe", "POST /endpoints/{target}/probe": "probe",
		"POST /jobs/{id}/cancel": "cancel", "POST /jobs/{job}/cancel": "cancel",
		"POST /jobs/{id}/retry": "retry", "POST /jobs/{job}/retry": "retry",
	}
}

// ActionID is the id of the words for an action of the audit log: of those that change
// something each has its own, others are "looked at".
func ActionID(action string) string {
	method, path, route := strings.Cut(strings.Replace(action, " /api/v1/", " /", 1), " ")
	if route {
		action = method + " " + path
	}
	word, known := actionWords()[action]
	switch {
	case known:
		return "pages.access.did." + word
	case strings.HasPrefix(path, "/leases"):
		return "pages.access.did.work"
	case method == "GET", method == "HEAD":
		return "pages.access.did.look"
	}
	return ""
}
