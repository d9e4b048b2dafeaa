package rehearse

import (
	"net"
	"net/url"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/survey/judge"
)

// Endpoint is HOST:PORT of a rehearsal server that is given by its address as the command
// prints it; "" for none.
func Endpoint(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	wrong := &judge.Mistake{Err: message.Error("rehearse.error.url", message.Quote("value", text)).Hinted("rehearse.hint.url")}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != "/" {
		return "", wrong
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	at := net.JoinHostPort(u.Hostname(), port)
	if recipe.CheckEndpoint(at) != nil {
		return "", wrong
	}
	return at, nil
}
