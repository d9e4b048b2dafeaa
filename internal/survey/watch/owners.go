package watch

import (
	"encoding/csv"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"tlsready/internal/clients"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/survey"
	"tlsready/internal/userfile"
)

// maxOwners bounds a list of owners in bytes: a million lines stay below it.
const maxOwners = 64 << 20

// maxParts bounds the ranges that FROM-TO stands for.
const maxParts = 64

// ReadOwners reads a table of owners: a column owner, at least one of address, key and
// sni, and mail if it is known. Encodings, separators and line ends are those that
// spreadsheets write. An error is a [survey.Mistake] with its line.
func ReadOwners(path string) ([]clients.OwnerRule, error) {
	data, err := userfile.Read(path, maxOwners)
	if err != nil {
		return nil, unreadable(path, err)
	}
	text, err := source.Text(data)
	if err != nil {
		return nil, badOwners(path, err)
	}
	return owners(path, text)
}

func badOwners(where string, err error) error {
	p := message.Error("watch.error.owners", message.Str("where", where), message.Cause("why", err))
	p.Hint = message.New("watch.hint.owners")
	return &survey.Mistake{Err: p}
}

// ownerColumns are the names of the columns, as people write them.
func ownerColumns() map[string][]string {
	return map[string][]string{
		"owner": {"owner", "customer", "company", "team", "担当", "担当者", "管理部署", "部署", "顧客", "顧客名", "お客様", "お客様名", "会社", "会社名"},
		"mail":  {"mail", "email", "contact", "メール", "メールアドレス", "連絡先"},
		"address": {
			"address", "addresses", "ip", "ipaddress", "ipaddresses", "cidr", "network", "range", "subnet",
			"アドレス", "ipアドレス", "ネットワーク", "範囲", "サブネット",
		},
		"key": {"key", "apikey", "id", "principal", "account", "user", "certificate", "キー", "apiキー", "アカウント", "ユーザー", "証明書"},
		"sni": {"sni", "servername", "hostname", "host", "domain", "サーバー名", "ホスト名", "ドメイン"},
	}
}

func owners(path, text string) ([]clients.OwnerRule, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace, r.LazyQuotes = separator(text), '#', -1, true, true
	head, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, badOwners(path, err)
	}
	at := columns(head)
	_, named := at["owner"]
	if !named || len(at) < 2 || len(at) == 2 && hasKey(at, "mail") {
		return nil, badOwners(path, message.Error("watch.owners.columns"))
	}
	var rules []clients.OwnerRule
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rules, nil
		}
		if err != nil {
			return nil, badOwners(path, err)
		}
		line, _ := r.FieldPos(0)
		more, err := ownerRules(at, fields)
		if err != nil {
			return nil, badOwners(path+":"+strconv.Itoa(line), err)
		}
		rules = append(rules, more...)
	}
}

func hasKey(m map[string]int, key string) bool { _, ok := m[key]; return ok }

// separator is what parts the columns: that of ",", ";" and tab that the first line has
// most of.
func separator(text string) rune {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		best := ','
		for _, r := range ";\t" {
			if strings.Count(line, string(r)) > strings.Count(line, string(best)) {
				best = r
			}
		}
		return best
	}
	return ','
}

// columns are the places of the columns that are known.
func columns(head []string) map[string]int {
	at := map[string]int{}
	for i, cell := range head {
		name := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(width.Fold.String(strings.TrimSpace(cell))))
		for column, names := range ownerColumns() {
			if _, twice := at[column]; !twice && slices.ContainsFunc(names, func(n string) bool { return width.Fold.String(n) == name }) {
				at[column] = i
			}
		}
	}
	return at
}

// ownerRules are what a line says. A cell may hold several, apart by spaces or
// semicolons.
func ownerRules(at map[string]int, fields []string) ([]clients.OwnerRule, error) {
	cell := func(column string) string {
		if i, ok := at[column]; ok && i < len(fields) {
			return strings.TrimSpace(fields[i])
		}
		return ""
	}
	owner := clients.Owner{Name: cell("owner"), Mail: cell("mail")}
	address, key, sni := cell("address"), cell("key"), cell("sni")
	switch {
	case owner == (clients.Owner{}) && address+key+sni == "":
		return nil, nil // an empty line of a spreadsheet
	case owner.Name == "":
		return nil, message.Error("watch.owners.owner")
	case address+key+sni == "":
		return nil, message.Error("watch.owners.row")
	}
	var rules []clients.OwnerRule
	for _, word := range strings.FieldsFunc(address, func(r rune) bool { return r == ' ' || r == ';' || r == ',' || r == '\n' || r == '、' }) {
		ranges, err := prefixes(word)
		if err != nil {
			return nil, err
		}
		for _, p := range ranges {
			rules = append(rules, clients.OwnerRule{Range: p, Owner: owner})
		}
	}
	if key != "" {
		rules = append(rules, clients.OwnerRule{Key: key, Owner: owner})
	}
	for _, name := range strings.FieldsFunc(sni, func(r rune) bool { return r == ' ' || r == ';' || r == ',' }) {
		rules = append(rules, clients.OwnerRule{SNI: name, Owner: owner})
	}
	return rules, nil
}

// prefixes reads an address, a range in CIDR notation, one of IPv4 with stars
// (192.0.2.*), and FROM-TO.
func prefixes(word string) ([]netip.Prefix, error) {
	bad := message.Error("watch.owners.address", message.Quote("value", word))
	if a, err := netip.ParseAddr(word); err == nil {
		a = a.Unmap()
		return []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}, nil
	}
	if p, err := netip.ParsePrefix(word); err == nil {
		return []netip.Prefix{p.Masked()}, nil
	}
	if parts := strings.Split(word, "."); len(parts) == 4 && strings.HasSuffix(word, ".*") {
		fixed := slices.Index(parts, "*")
		for i := fixed; i < len(parts); i++ {
			if parts[i] != "*" {
				return nil, bad
			}
			parts[i] = "0"
		}
		a, err := netip.ParseAddr(strings.Join(parts, "."))
		if err != nil {
			return nil, bad
		}
		return []netip.Prefix{netip.PrefixFrom(a, 8*fixed)}, nil
	}
	from, to, ok := strings.Cut(word, "-")
	first, err1 := netip.ParseAddr(from)
	last, err2 := netip.ParseAddr(to)
	if !ok || err1 != nil || err2 != nil || first.BitLen() != last.BitLen() || last.Less(first) {
		return nil, bad
	}
	return between(word, first, last)
}

// between are the ranges that two addresses and all between them make up.
func between(word string, first, last netip.Addr) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for at := first; ; {
		p := netip.PrefixFrom(at, at.BitLen())
		for p.Bits() > 0 {
			wider := netip.PrefixFrom(at, p.Bits()-1).Masked()
			if wider.Addr() != at || last.Less(end(wider)) {
				break
			}
			p = wider
		}
		if list = append(list, p); len(list) > maxParts {
			return nil, message.Error("watch.owners.wide", message.Quote("value", word))
		}
		if at = end(p).Next(); !at.IsValid() || last.Less(at) {
			return list, nil
		}
	}
}

// end is the last address of a range.
func end(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
