package source

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"tlsready/internal/host"
	"tlsready/internal/source/winver"
)

// release is a row of the table of names: the words that a name has to hold, in
// this order, and the system that it is. Rows are asked from top to bottom.
type release struct {
	words   string
	version string
	build   int
	pack    int // the service pack that the build stands for
}

// releases is the table of Windows names. The builds are those in Microsoft's
// release information; a name without a service pack stands for the last one,
// which every supported machine has. Windows 10 and 11 need a release ("1809",
// "22H2"), since their builds differ in what they offer.
func releases() []release {
	return []release{
		{"server 2025", "10.0", 26100, 0},
		{"server 23h2", "10.0", 25398, 0},
		{"server 2022", "10.0", 20348, 0},
		{"server 20h2", "10.0", 19042, 0},
		{"server 2004", "10.0", 19041, 0},
		{"server 1909", "10.0", 18363, 0},
		{"server 1903", "10.0", 18362, 0},
		{"server 1809", "10.0", 17763, 0},
		{"server 2019", "10.0", 17763, 0},
		{"server 1803", "10.0", 17134, 0},
		{"server 1709", "10.0", 16299, 0},
		{"server 2016", "10.0", 14393, 0},
		{"server 2012 r2", "6.3", 9600, 0},
		{"server 2012", "6.2", 9200, 0},
		{"server 2008 r2", "6.1", 7601, 1},
		{"server 2008", "6.0", 6002, 2},
		{"server 2003", "5.2", 3790, 2},
		{"windows 11 25h2", "10.0", 26200, 0},
		{"windows 11 24h2", "10.0", 26100, 0},
		{"windows 11 23h2", "10.0", 22631, 0},
		{"windows 11 22h2", "10.0", 22621, 0},
		{"windows 11 21h2", "10.0", 22000, 0},
		{"windows 10 22h2", "10.0", 19045, 0},
		{"windows 10 21h2", "10.0", 19044, 0},
		{"windows 10 21h1", "10.0", 19043, 0},
		{"windows 10 20h2", "10.0", 19042, 0},
		{"windows 10 2004", "10.0", 19041, 0},
		{"windows 10 1909", "10.0", 18363, 0},
		{"windows 10 1903", "10.0", 18362, 0},
		{"windows 10 1809", "10.0", 17763, 0},
		{"windows 10 ltsc 2021", "10.0", 19044, 0},
		{"windows 10 ltsc 2019", "10.0", 17763, 0},
		{"windows 10 ltsb 2016", "10.0", 14393, 0},
		{"windows 10 1803", "10.0", 17134, 0},
		{"windows 10 1709", "10.0", 16299, 0},
		{"windows 10 1703", "10.0", 15063, 0},
		{"windows 10 1607", "10.0", 14393, 0},
		{"windows 10 1511", "10.0", 10586, 0},
		{"windows 10 1507", "10.0", 10240, 0},
		{"windows 8.1", "6.3", 9600, 0},
		{"windows 8", "6.2", 9200, 0},
		{"windows 7", "6.1", 7601, 1},
		{"windows vista", "6.0", 6002, 2},
		{"windows xp", "5.1", 2600, 3},
	}
}

// ParseOS reads a Windows by its name in English or Japanese ("Windows Server
// 2012 R2", "Microsoft Windows 10 Pro 22H2"), or by version and build:
// "6.3.9600", "10.0.17763.4010", "6.3 (9600)" as Active Directory writes it.
func ParseOS(text string) (host.OS, error) {
	if os, ok := ParseVersion(text); ok {
		return os, nil
	}
	plain := PlainName(text)
	for _, r := range releases() {
		if !holdsWords(plain, r.words) {
			continue
		}
		os := host.OS{Name: strings.TrimSpace(text), Version: r.version, Build: r.build, ServicePack: r.pack, Type: winver.TypeByName(plain)}
		os.Name = winver.ProductName(os.Name, os.Build)
		return withPack(os, plain), nil
	}
	hint := `give a name such as "Windows Server 2012 R2" or "Windows 10 22H2", or version and build such as 6.3.9600`
	if holdsWords(plain, "windows 10") || holdsWords(plain, "windows 11") {
		return host.OS{}, &Error{Msg: fmt.Sprintf("%q does not say which release it is", text), Hint: hint}
	}
	return host.OS{}, &Error{Msg: fmt.Sprintf("%q is no Windows that tlsready knows", text), Hint: hint}
}

// withPack takes a service pack that the name states.
func withPack(os host.OS, plain string) host.OS {
	_, after, ok := strings.Cut(plain, "service pack ")
	if !ok {
		_, after, ok = strings.Cut(plain, " sp")
	}
	pack := winver.LeadingNumber(after)
	if !ok || pack == 0 || os.ServicePack == 0 || pack == os.ServicePack {
		return os
	}
	os.ServicePack = pack
	if os.Version == "6.0" {
		os.Build = 6000 + pack
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

// ParseVersion reads "6.3.9600", "10.0.17763.4010" and "6.3 (9600)".
func ParseVersion(text string) (host.OS, bool) {
	pattern := regexp.MustCompile(`^(\d{1,2})\.(\d)(?:\.| ?\()(\d{4,5})\)?(?:\.(\d{1,5}))?$`)
	m := pattern.FindStringSubmatch(strings.TrimSpace(width.Fold.String(text)))
	if m == nil {
		return host.OS{}, false
	}
	os := host.OS{Version: m[1] + "." + m[2]}
	os.Build, _ = strconv.Atoi(m[3])
	os.Revision, _ = strconv.Atoi(m[4])
	os.ServicePack = winver.PackOfBuild(os.Build)
	if os.Build < 1000 {
		return host.OS{}, false
	}
	return os, true
}
