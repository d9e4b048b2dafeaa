package answer

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/pem"
	"strings"

	"tlsready/internal/message"
)

// command is one line that lets another program visit.
type command struct{ Name, Line string }

// commands are those lines, with the server's own address. None needs an argument in
// quotes that a shell would take apart: the address is a name or number and a port.
func commands(words *message.Catalog, base string) []command {
	at := strings.TrimPrefix(base, "https://")
	if !strings.Contains(strings.TrimPrefix(at, "["), ":") || strings.HasSuffix(at, "]") {
		at += ":443"
	}
	list := []command{
		{"powershell", "(Invoke-WebRequest -UseBasicParsing '" + base + "/line').Content"},
		{"powershell2", "(New-Object Net.WebClient).DownloadString('" + base + "/line')"},
		{"dotnet", `new System.Net.WebClient().DownloadString("` + base + `/line")`},
		{"curl", "curl --cacert tlsready-root.cer --ssl-no-revoke " + base + "/json"},
		{"certutil", "certutil -urlcache -split -f " + base + "/line line.txt & type line.txt"},
		{"bitsadmin", "bitsadmin /transfer rehearsal " + base + `/line "%TEMP%\line.txt" & type "%TEMP%\line.txt"`},
		{"java8", `jrunscript -J-Djavax.net.ssl.trustStore=tlsready.jks -e "cat('` + base + `/line')"`},
		{"java", "keytool -printcert -sslserver " + at},
	}
	for i := range list {
		list[i].Name = words.Text("rehearse.page.command." + list[i].Name)
	}
	return list
}

// rootText is how the root of throw-away certificates is trusted and removed.
type rootText struct{ Fetch, Add, Remove, Java string }

// rootText is nil where the certificates were given: those are trusted already.
func (a *Answers) rootText(base string) *rootText {
	block, _ := pem.Decode(a.Identity.RootPEM())
	if block == nil {
		return nil
	}
	print := sha1.Sum(block.Bytes) // what certutil names certificates by
	return &rootText{
		Fetch:  "curl --insecure -o tlsready-root.cer " + base + root,
		Add:    "certutil -addstore Root tlsready-root.cer",
		Remove: "certutil -delstore Root " + hex.EncodeToString(print[:]),
		Java:   "keytool -importcert -noprompt -alias tlsready -file tlsready-root.cer -keystore tlsready.jks -storepass changeit",
	}
}
