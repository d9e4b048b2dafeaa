package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/cli"
	"tlsready/internal/cli/frame"
)

// pair says whether a client is unknown for the one reason there may be: up to
// Windows 8.1 a suite is listed with its curve, which a hello cannot say. A server
// that has an elliptic-curve key may join them otherwise, and no source says what
// Schannel does then.
func pair(client, why string) bool {
	windows, _, _ := strings.Cut(client, "/")
	old := []string{"windows-7", "windows-server-2008-r2", "windows-8", "windows-server-2012", "windows-8.1", "windows-server-2012-r2"}
	return slices.Contains(old, windows) && strings.Contains(why, "a pair that the client does not list")
}

// Proves that what is computed of a modelled Windows client and what an OpenSSL
// server does with its own hello agree, for every client and server of the lab.
func TestClientsAgreeWithOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Log("openssl is not installed: not run")
		return
	}
	f := makeFiles(t)
	for _, c := range rows() {
		if c.why != nil {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			args := strings.Fields(c.args)
			for i, a := range args {
				if name, ok := strings.CutPrefix(a, "@"); ok {
					args[i] = f.path(name)
				}
			}
			if c.cert != "" {
				args = append(args, "-cert", f.path(c.cert+".crt"), "-key", f.path(c.cert+".key"))
			}
			address := server(t, args).String()
			var out, errs bytes.Buffer
			status := cli.Run(context.Background(), []string{"probe", address, "--sni", "lab.test", "--rate", "0", "--as", "all-windows", "-f", "jsonl"},
				cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, []string{"LANG=C"})
			if status != frame.ExitConnects {
				t.Fatalf("status %d: %s%s", status, errs.String(), out.String())
			}
			var line struct {
				Clients []struct{ Client, Connects, Why string }
			}
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			count := map[string]int{}
			for _, client := range line.Clients {
				if count[client.Connects]++; client.Connects == "unknown" && !pair(client.Client, client.Why) {
					t.Errorf("%s: %s", client.Client, client.Why)
				}
			}
			if len(line.Clients) < 200 {
				t.Errorf("only %d clients", len(line.Clients))
			}
			t.Logf("%d connect, %d cannot", count["yes"], count["no"])
		})
	}
}
