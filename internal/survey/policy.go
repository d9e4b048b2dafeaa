package survey

import (
	"bytes"

	"tlsready/internal/endpoint"
	"tlsready/internal/policy"
	"tlsready/internal/service"
	"tlsready/internal/strictyaml"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// Policy reads a policy by id or from a file.
func Policy(arg string) (*policy.Policy, error) {
	return judge.Named[*policy.Policy]{Kind: "policy", ByID: policy.ByID, Parse: policy.Parse, IDs: policy.IDs}.Read(arg)
}

// PolicyCheck reads what endpoints may accept at most: a policy, or a service profile,
// whose phase on a day then counts.
func PolicyCheck(arg string, on service.Date) (endpoint.Check, error) {
	_, isPolicy, _ := policy.ByID(arg)
	_, isService, _ := service.ByID(arg)
	if !isPolicy && (isService || holdsProfile(arg)) {
		p, err := judge.Service(arg)
		if err != nil {
			return nil, err
		}
		return endpoint.ServiceLimit(p.ID, p, on), nil
	}
	p, err := Policy(arg)
	if err != nil {
		return nil, err
	}
	return endpoint.Policy(p), nil
}

func holdsProfile(arg string) bool {
	if !judge.IsFile(arg) {
		return false
	}
	data, err := userfile.Read(arg, strictyaml.MaxSize)
	return err == nil && bytes.Contains(data, []byte(service.Schema))
}
