package nearmiss

import (
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/spelling"
	"tlsready/internal/stack"
)

// spelling looks for the value that a misspelled or misplaced one was meant to be. The
// narrower the slip, the earlier it is looked for.
func (n *Finder) spelling(val host.Value) (NearMiss, bool) {
	name := spelling.Strip(val.Name)
	if n.neighbour(val.Key) || n.right(val, name) {
		return NearMiss{}, false
	}
	for _, look := range []func(host.Value, string) (host.Ref, Slip, bool){n.tooHigh, n.misspelled, n.elsewhere, n.distinctive, n.partOfName, n.unnamed, n.algorithm} {
		if meant, slip, ok := look(val, name); ok {
			return NearMiss{Key: val.Key, Name: val.Name, Data: val.Data, Meant: meant, Slip: slip}, true
		}
	}
	return NearMiss{}, false
}

// right says that a value is not among those that are read but is right all the same: a user's
// setting in the hive of another account or for 32-bit programs, or the switch that device
// management has in addition to the one for FIPS mode.
func (n *Finder) right(val host.Value, name string) bool {
	if name == "secureprotocols" && strings.HasSuffix(host.Fold(val.Key), host.Fold(stack.InternetKey)) {
		return true
	}
	return name == "mdmenabled"
}

// tooHigh is a value that stands in the key above the one that is read.
func (n *Finder) tooHigh(val host.Value, _ string) (host.Ref, Slip, bool) {
	meant, ok := n.parent[host.NewRef(val.Key, val.Name).Folded()]
	return meant, SlipLevel, ok
}

// misspelled is a value whose key and name are a letter or two away from one that is read.
func (n *Finder) misspelled(val host.Value, name string) (host.Ref, Slip, bool) {
	if !slices.ContainsFunc(n.names, func(known string) bool { return spelling.Distance(name, known, maxSlip) <= maxSlip }) || signatureList(val) {
		return host.Ref{}, "", false
	}
	best, at := maxSlip+1, -1
	whole := spelling.Strip(val.Key) + "|" + name
	for i, known := range n.list {
		if d := spelling.Distance(whole, known.stripped, maxSlip); d < best || (d == best && at >= 0 && n.preferred(i, at)) {
			best, at = d, i
		}
	}
	if at < 0 || best > maxSlip || n.algorithmAt(val.Key) != "" {
		return host.Ref{}, "", false
	}
	meant := n.list[at].Ref
	return meant, kindOfSlip(val, meant), true
}

func kindOfSlip(val host.Value, meant host.Ref) Slip {
	switch {
	case spelling.Squeeze(val.Key) == spelling.Squeeze(meant.Key) && spelling.Squeeze(val.Name) == spelling.Squeeze(meant.Name):
		return SlipBlank
	case host.SameName(val.Key, meant.Key):
		return SlipName
	}
	return SlipKey
}

// signatureList says that a value is a list of signature algorithms, which has its own key,
// separate from the one for suites.
func signatureList(val host.Value) bool {
	list := stack.SplitList(val.Data)
	return len(list) > 0 && strings.Contains(list[0], "/")
}

// elsewhere is a value of which the last two parts of the key say what it is meant to
// be, while the rest is another place: a part left out or put in, another root, another
// control set, a subkey of a protocol that is neither Client nor Server.
func (n *Finder) elsewhere(val host.Value, name string) (host.Ref, Slip, bool) {
	key := val.Key
	if at := strings.LastIndexByte(key, '\\'); at > 0 && n.protocolSubkey(key) {
		key = key[:at] + `\Client`
	}
	best, at := 2*1+1, -1
	for _, i := range n.tails[tailOf(key, name)] {
		if score := likeness(key, n.list[i].Ref.Key); score > best {
			best, at = score, i
		}
	}
	if at < 0 || signatureList(val) {
		return host.Ref{}, "", false
	}
	meant := n.list[at].Ref
	if controlSet(val.Key) && strings.HasSuffix(host.Fold(val.Key), host.Fold(strings.TrimPrefix(meant.Key, `HKLM\SYSTEM\CurrentControlSet`))) {
		return meant, SlipControlSet, true
	}
	return meant, SlipKey, true
}

// protocolSubkey says that a key lies right below one of a protocol and is neither
// Client nor Server: a translated name, for instance.
func (n *Finder) protocolSubkey(key string) bool {
	at := strings.LastIndexByte(key, '\\')
	last := spelling.Strip(key[at+1:])
	return last != "client" && last != "server" && n.tails[tailOf(key[:at]+`\Client`, "enabled")] != nil
}

// controlSet says that a key lies in a numbered control set.
func controlSet(key string) bool {
	rest, ok := strings.CutPrefix(host.Fold(key), `hklm\system\controlset`)
	return ok && len(rest) > 4 && rest[3] == '\\'
}

// sharedParts counts the parts that two keys have in common, apart from the root and
// the last two.
func sharedParts(a, b string) (shared int) {
	parts := strings.Split(host.Fold(b), `\`)
	have := strings.Split(host.Fold(a), `\`)
	for _, p := range parts[1:max(1, len(parts)-2)] {
		if slices.Contains(have[:max(0, len(have)-2)], p) {
			shared++
		}
	}
	return shared
}

// likeness is how much two keys have in common, the bitness last.
func likeness(a, b string) int { return 2*sharedParts(a, b) + b2i(looks32(a) == looks32(b)) }

// ownNames are names of values that mean one thing wherever they stand.
func ownNames() []string {
	return []string{
		"defaultsecureprotocols", "schusestrongcrypto", "systemdefaulttlsversions", "ecccurves",
		"switchsystemnetdontenableschusestrongcrypto", "switchsystemnetdontenablesystemdefaulttlsversions",
		"switchsystemservicemodeldontenablesystemdefaulttlsversions",
	}
}

// distinctive is a value with such a name in a place where nobody reads it. Strong
// crypto for the frameworks before 4 is left alone: recipes of vendors set it, and it
// does neither good nor harm.
func (n *Finder) distinctive(val host.Value, name string) (host.Ref, Slip, bool) {
	if !slices.ContainsFunc(ownNames(), func(own string) bool { return spelling.Distance(name, own, maxSlip) <= 1 }) {
		return host.Ref{}, "", false
	}
	old := oldFramework(val.Key)
	if old && spelling.Distance(name, "schusestrongcrypto", maxSlip) <= 1 {
		return host.Ref{}, "", false
	}
	best, at := 1, -1
	for i, known := range n.list {
		if spelling.Distance(name, known.name, maxSlip) > 1 || (known.name == "systemdefaulttlsversions" && old != strings.HasSuffix(known.Ref.Key, "v2.0.50727")) {
			continue
		}
		if score := likeness(val.Key+`\.\.`, known.Ref.Key+`\.\.`); score > best {
			best, at = score, i
		}
	}
	if at < 0 {
		return host.Ref{}, "", false
	}
	return n.list[at].Ref, SlipKey, true
}

// oldFramework says that a key names a .NET Framework of before 4.
func oldFramework(key string) bool {
	folded := host.Fold(key)
	return strings.Contains(folded, `\v1.`) || strings.Contains(folded, `\v2.`) || strings.Contains(folded, `\v3.`)
}

// looks32 says that a key is meant for 32-bit programs.
func looks32(key string) bool {
	return strings.Contains(key, "32") && strings.Contains(host.Fold(key), "wow") || strings.Contains(key, "6432")
}

// shortestPart is how many letters of a name have to be there for a part of it to be
// taken for the whole.
const shortestPart = 8

// calledNames are what people call values, for cases that neither letters nor parts reveal.
func calledNames() map[string]string {
	return map[string]string{
		"enabledbydefault": "disabledbydefault", "defaultdisabled": "disabledbydefault",
		"defaultsecurityprotocols": "defaultsecureprotocols", "defaulttlsprotocols": "defaultsecureprotocols",
	}
}

// partOfName is a value in a key that is read, with a part of a name that is read
// there (UseStrongCrypto, SecureProtocols), or with another name for it.
func (n *Finder) partOfName(val host.Value, name string) (host.Ref, Slip, bool) {
	if len(name) < shortestPart {
		return host.Ref{}, "", false
	}
	key, meant := host.Fold(val.Key)+"\x00", calledNames()[name]
	for i := range n.list {
		known := &n.list[i]
		if !strings.HasPrefix(known.Ref.Folded(), key) {
			continue
		}
		longer := strings.HasPrefix(name, known.name) && slices.Contains(ownNames(), known.name)
		if spelling.IsPart(name, known.name) || longer || known.name == meant {
			return known.Ref, SlipName, true
		}
	}
	return host.Ref{}, "", false
}

// unnamed is the unnamed value of a key in which numbers are read, or of a key that is
// named as the value should be.
func (n *Finder) unnamed(val host.Value, name string) (host.Ref, Slip, bool) {
	at := strings.LastIndexByte(val.Key, '\\')
	if val.Data.Type != host.DWORD || at < 0 || (name != "" && name != "(default)" && name != "(既定)" && name != spelling.Strip(val.Key[at:])) {
		return host.Ref{}, "", false
	}
	if known, ok := n.exact[host.NewRef(val.Key[:at], val.Key[at+1:]).Folded()]; ok {
		return known.Ref, SlipDefault, true
	}
	known, ok := n.exact[host.NewRef(val.Key, "Enabled").Folded()]
	return known.Ref, SlipDefault, ok
}

// algorithms are what people call the keys below Ciphers, Hashes and
// KeyExchangeAlgorithms, and what Windows calls them (KB245030).
func algorithms() map[string]string {
	return map[string]string{
		`ciphers\aes128`: `Ciphers\AES 128/128`, `ciphers\aes256`: `Ciphers\AES 256/256`,
		`ciphers\3des`: `Ciphers\Triple DES 168`, `ciphers\tripledes`: `Ciphers\Triple DES 168`, `ciphers\3des168`: `Ciphers\Triple DES 168`,
		`ciphers\rc4`: `Ciphers\RC4 128/128`, `ciphers\rc4128`: `Ciphers\RC4 128/128`, `ciphers\des`: `Ciphers\DES 56/56`, `ciphers\des56`: `Ciphers\DES 56/56`,
		`hashes\sha1`: `Hashes\SHA`, `hashes\sha-1`: `Hashes\SHA`, `hashes\sha-256`: `Hashes\SHA256`, `hashes\sha-384`: `Hashes\SHA384`,
		`keyexchangealgorithms\dh`: `KeyExchangeAlgorithms\Diffie-Hellman`, `keyexchangealgorithms\dhe`: `KeyExchangeAlgorithms\Diffie-Hellman`,
		`keyexchangealgorithms\ecdhe`: `KeyExchangeAlgorithms\ECDH`, `keyexchangealgorithms\rsa`: `KeyExchangeAlgorithms\PKCS`,
	}
}

// algorithmAt is the right key for what people call an algorithm, or "".
func (n *Finder) algorithmAt(key string) string {
	below, ok := strings.CutPrefix(host.Fold(key), host.Fold(stack.SchannelKey)+`\`)
	if !ok {
		return ""
	}
	section, name, _ := strings.Cut(below, `\`)
	if right, ok := n.called[section+`\`+spelling.Strip(name)]; ok {
		return stack.SchannelKey + `\` + right
	}
	return ""
}

func (n *Finder) algorithm(val host.Value, name string) (host.Ref, Slip, bool) {
	right := n.algorithmAt(val.Key)
	if right == "" || name != "enabled" {
		return host.Ref{}, "", false
	}
	known, ok := n.exact[host.NewRef(right, "Enabled").Folded()]
	return known.Ref, SlipKey, ok
}

// preferred prefers TLS 1.2 and the client, which people most likely meant.
func (n *Finder) preferred(a, b int) bool {
	weight := func(i int) int {
		key := n.list[i].Ref.Key
		return 2*b2i(strings.Contains(key, `\TLS 1.2\`)) + b2i(strings.HasSuffix(key, `\Client`))
	}
	return weight(a) > weight(b)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (n *Finder) neighbour(key string) bool {
	for part := range strings.SplitSeq(strings.ToLower(key), `\`) {
		if n.skip[part] {
			return true
		}
	}
	return false
}
