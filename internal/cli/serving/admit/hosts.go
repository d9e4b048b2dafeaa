package admit

import (
	"slices"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/survey/judge"
	"tlsready/internal/userfile"
)

// Bounds of a list of computers. Windows cuts the name that %COMPUTERNAME% has after 15
// characters (https://learn.microsoft.com/troubleshoot/windows-server/active-directory/naming-conventions-for-computer-domain-site-ou).
const (
	maxHosts    = 16 << 20
	maxComputer = 15
)

// computerNames are the characters of the names that a token can be bound to. They are those of
// which neither cmd.exe nor a spreadsheet makes anything else.
const computerNames = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// headings are what the first line of a list may have in place of a name, as exports of
// Active Directory do.
func headings() []string {
	return []string{"NAME", "COMPUTER", "COMPUTERNAME", "HOST", "HOSTNAME", "DNSHOSTNAME", "CN"}
}

// readHosts reads a list of computers: one in a line, or a table with their names in its
// first column. A name is that of %COMPUTERNAME%; the domain of a longer one is left out.
func readHosts(path string) ([]string, error) {
	data, err := userfile.Read(path, maxHosts)
	if err != nil {
		return nil, &judge.Mistake{Err: message.At(path, userfile.Why(err))}
	}
	text, err := source.Text(data) // PowerShell writes UTF-16
	if err != nil {
		return nil, &judge.Mistake{Err: message.At(path, err)}
	}
	wrong := func(id string, n int, word string) ([]string, error) {
		return nil, &judge.Mistake{Err: message.Error("serve.error.hosts-"+id, message.Int("line", n), message.Quote("name", word), message.Int("most", maxTokens)).At(path).Hinted("serve.hint.hosts")}
	}
	var names []string
	known, first, n := map[string]bool{}, true, 0
	for line := range strings.Lines(text) {
		n++
		word, _, _ := strings.Cut(strings.NewReplacer(";", ",", "\t", ",").Replace(strings.TrimSpace(line)), ",")
		word = strings.ToUpper(strings.Trim(word, `" `))
		if word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		if first && slices.Contains(headings(), word) {
			first = false
			continue
		}
		first = false
		name, _, _ := strings.Cut(word, ".")
		name = name[:min(len(name), maxComputer)]
		switch {
		case name == "" || name[0] == '-' || strings.Trim(name, computerNames) != "":
			return wrong("name", n, word)
		case known[name]:
			return wrong("twice", n, name)
		case len(names) == maxTokens:
			return wrong("many", n, name)
		}
		known[name] = true
		names = append(names, name)
	}
	if len(names) == 0 {
		return wrong("none", 0, "")
	}
	return names, nil
}
