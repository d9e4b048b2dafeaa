package endpoint_test

import (
	"fmt"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/message"
	"tlsready/internal/policy"
	"tlsready/internal/stack"
)

// line is what probe wrote of a server, as a store keeps it.
const line = `{"schema":"tlsready.endpoint/v1","target":"backup.example.com:443","address":"192.0.2.1","serverName":"backup.example.com",
"versions":{"SSL 2.0":"no","SSL 3.0":"no","TLS 1.0":"yes","TLS 1.1":"yes","TLS 1.2":"yes","TLS 1.3":"no"},
"suites":{"TLS 1.0":["TLS_RSA_WITH_AES_128_CBC_SHA"],"TLS 1.1":["TLS_RSA_WITH_AES_128_CBC_SHA"],"TLS 1.2":["TLS_RSA_WITH_AES_128_CBC_SHA","TLS_RSA_WITH_AES_128_GCM_SHA256"]},
"groups":[],"groupsComplete":true,"signatureAlgorithms":[],"certificates":[],"clients":[],"evidence":[],"connections":40,"error":null}`

// An endpoint that was probed at some time is judged again: who could connect, who
// would be cut off if the server dropped TLS 1.0 and 1.1, and what a policy says. The
// server is not asked.
func Example() {
	e, err := document.ReadEndpoint([]byte(line))
	if err != nil {
		fmt.Println(err)
		return
	}
	model, _ := stack.New()
	winhttp, _, _ := caller.ByID("winhttp-x64")
	var clients []endpoint.Client
	for _, system := range model.Systems() {
		if system.ID == "windows-7" || system.ID == "windows-server-2019" {
			clients = append(clients, endpoint.ClientsOnSystem(system, []*caller.Caller{winhttp})...)
		}
	}
	rules, _ := endpoint.ParseRules("TLS 1.2+")
	for _, c := range endpoint.NewSimulator(model, clients).Clients(e, rules) {
		fmt.Println(c.Client, c.Connects, c.Version, "then", c.After.Connects)
	}
	words := message.For("ja")
	intermediate, _, _ := policy.ByID("mozilla-intermediate")
	for _, f := range endpoint.Policy(intermediate).Findings(e)[:2] {
		fmt.Println(f.Rule, f.Met, words.Render(f.Text))
	}
	// Output:
	// windows-7/winhttp-x64 yes TLS 1.0 then no
	// windows-server-2019/winhttp-x64 yes TLS 1.2 then yes
	// version no TLS 1.0 を受け付けていますが、受け付けてはなりません
	// version no TLS 1.1 を受け付けていますが、受け付けてはなりません
}
