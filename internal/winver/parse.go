package winver

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/width"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// named is a way to name a release: words that a name has to hold, in this order.
type named struct {
	words string
	Release
}

// names lists the ways, those with more words first, because "server 2012 r2" must be tried
// before "server 2012"; among equal ones the newer release first. A name without a service pack
// stands for the last one. Windows 10 and 11 need a release ("1809", "22H2"), because their
// builds differ in what they offer.
var names = sync.OnceValue(func() []named {
	var list []named
	for _, r := range table() {
		for _, words := range append([]string{r.Client.Name(), strings.TrimPrefix(r.Server.Name(), "Windows ")}, r.Also...) {
			if words != "" {
				list = append(list, named{strings.ToLower(words), r})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b named) int {
		return cmp.Or(cmp.Compare(len(strings.Fields(b.words)), len(strings.Fields(a.words))), cmp.Compare(b.Build, a.Build))
	})
	return list
})

// ParseOS reads a Windows by its name in English or Japanese ("Windows Server
// 2012 R2", "Microsoft Windows 10 Pro 22H2"), or by version and build:
// "6.3.9600", "10.0.17763.4010", "6.3 (9600)" as Active Directory writes it.
func ParseOS(text string) (host.OS, error) {
	if os, ok := ParseVersion(text); ok {
		return os, nil
	}
	plain := PlainName(text)
	for _, r := range names() {
		if !holdsWords(plain, r.words) {
			continue
		}
		os := host.OS{Name: strings.TrimSpace(text), Version: r.Version, Build: r.PackedBuild(), ServicePack: r.ServicePack, Type: TypeByName(plain)}
		os.Name = ProductName(os.Name, os.Build)
		return withPack(os, plain, r.Release), nil
	}
	what := "winver.unknown"
	if holdsWords(plain, "windows 10") || holdsWords(plain, "windows 11") {
		what = "winver.no-release"
	}
	return host.OS{}, &message.Problem{What: message.New(what, message.Str("name", text)), Hint: message.New("winver.hint")}
}

// withPack takes a service pack that the name states.
func withPack(os host.OS, plain string, r Release) host.OS {
	_, after, ok := strings.Cut(plain, "service pack ")
	if !ok {
		_, after, ok = strings.Cut(plain, " sp")
	}
	pack := LeadingNumber(after)
	if !ok || pack == 0 || os.ServicePack == 0 || pack == os.ServicePack {
		return os
	}
	os.ServicePack = pack
	for build, stated := range r.Packs {
		if stated == pack {
			os.Build = build
		}
	}
	return os
}

// PlainName folds width and case, and drops trade marks and the Japanese words
// around release names.
func PlainName(text string) string {
	text = strings.ToLower(width.Fold.String(text))
	text = strings.NewReplacer("(r)", "", "®", "", "™", "", "(tm)", "", "ウィンドウズ", "windows ", "サーバー", " server ", "サーバ", " server ",
		"バージョン", " ", "version", " ", "サービス パック", "service pack", "サービスパック", "service pack", ",", " ", "、", " ").Replace(text)
	return strings.Join(strings.Fields(text), " ")
}

// holdsWords says whether text holds all words in this order, each as a whole
// word.
func holdsWords(text, words string) bool {
	have := strings.Fields(text)
	for _, w := range strings.Fields(words) {
		i := 0
		for i < len(have) && strings.Trim(have[i], "()[]") != w {
			i++
		}
		if i == len(have) {
			return false
		}
		have = have[i+1:]
	}
	return true
}

// version is how a version and its build are written.
var version = regexp.MustCompile(`^(\d{1,2})\.(\d)(?:\.| ?\()(\d{4,5})\)?(?:\.(\d{1,5}))?$`)

// ParseVersion reads "6.3.9600", "10.0.17763.4010" and "6.3 (9600)".
func ParseVersion(text string) (host.OS, bool) {
	m := version.FindStringSubmatch(strings.TrimSpace(width.Fold.String(text)))
	if m == nil {
		return host.OS{}, false
	}
	os := host.OS{Version: m[1] + "." + m[2]}
	os.Build, _ = strconv.Atoi(m[3])
	os.Revision, _ = strconv.Atoi(m[4])
	os.ServicePack = PackOfBuild(os.Build)
	if os.Build < 1000 {
		return host.OS{}, false
	}
	return os, true
}
