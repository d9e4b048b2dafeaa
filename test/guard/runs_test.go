//go:build linux

package guard

import (
	"slices"
	"strings"
)

// list collects runs.
type list struct {
	runs []run
}

// formats are those that any command has or might be asked for. One that a command
// has not is refused, which is held as well.
func formats() []string {
	return []string{"table", "json", "jsonl", "csv", "html", "sarif", "markdown"}
}

func languages() []string { return []string{"en", "ja"} }

// one adds a run in both languages.
func (l *list) one(name string, args ...string) {
	for _, lang := range languages() {
		l.runs = append(l.runs, run{name: name + "/" + lang, args: append(slices.Clone(args), "--lang", lang)})
	}
}

// each adds a run in every format and language.
func (l *list) each(name string, args ...string) {
	l.some(formats(), name, args...)
}

// some adds a run in these formats and every language.
func (l *list) some(formats []string, name string, args ...string) {
	for _, f := range formats {
		l.one(name+"/"+f, append(slices.Clone(args), "-f", f)...)
	}
}

// known is what the program says that it knows.
type known struct {
	services, callers, rules []string
	cases                    []acceptance
}

// acceptance is what a run needs to know of an acceptance case.
type acceptance struct {
	id      string
	on      string
	callers []string
}

// allRuns are all of them. The servers are given by name.
func allRuns(k known, servers map[string]string) []run {
	l := &list{}
	l.check(k)
	l.cases(k)
	l.fix()
	l.collect()
	l.diff()
	l.probe(servers)
	l.knowledge(k)
	l.explain(k)
	l.help()
	l.misuse()
	return l.runs
}

// dated are the flags that make a judgement independent of the clock.
func dated(args ...string) []string {
	return append(args, "--on", "2021-09-01", "--today", "2021-06-15")
}

func (l *list) check(k known) {
	backup := []string{"--service", "azure-backup"}
	for name, args := range map[string][]string{
		"fleet":        append([]string{"fleet", "--os", "Windows Server 2016"}, backup...),
		"tokyo":        append([]string{"fleet/tokyo", "--os", "Windows Server 2012 R2"}, backup...),
		"inventory":    append([]string{"fleet/branches.csv"}, backup...),
		"one":          append([]string{"fleet/osaka/FS01.json"}, backup...),
		"no-service":   {"fleet/osaka"},
		"two-services": {"fleet/osaka", "--service", "azure-backup", "--service", "wsus"},
		"own-service":  {"fleet/osaka", "--service", "data/own.yaml"},
		"host-service": {"fleet/osaka", "--service", "host:fleet/osaka/WEB01.json", "--caller", "schannel"},
		"with":         append([]string{"fleet/osaka", "--with", "data/recipe.reg"}, backup...),
		"assume":       append([]string{"fleet/osaka", "--assume", "updates=current"}, backup...),
		"callers":      {"fleet/osaka", "--service", "tls12", "--caller", "winhttp-x64", "--caller", "dotnet-4.5-x64", "--caller", "wininet"},
		"callers-from": {"fleet/osaka/FS01.json", "--service", "tls12", "--callers-from", "data/scripts"},
		"by-folder":    append([]string{"fleet", "--by", "folder"}, backup...),
		"by-owner":     append([]string{"fleet", "--by", "owner"}, backup...),
		"by-cause":     append([]string{"fleet", "--by", "cause"}, backup...),
		"hosts":        append([]string{"--hosts", "data/list.txt"}, backup...),
		"exports":      {"data/exports", "--service", "tls12"},
		"save":         append([]string{"fleet/osaka", "--save", "OUT/kept"}, backup...),
		"unreachable":  {"smb://admin@127.0.7.9:1", "winrm://admin@127.0.7.9:1", "--service", "tls12", "--host-timeout", "20s"},
	} {
		l.each("check/"+name, dated(append([]string{"check"}, args...)...)...)
	}
	for _, id := range k.services {
		l.some([]string{"json"}, "check/service-"+id, "check", "fleet/osaka", "--service", id, "--today", "2021-06-15")
	}
	for _, id := range k.callers {
		l.runs = append(l.runs, run{
			name: "check/caller-" + id + "/json/en",
			args: dated("check", "fleet/osaka", "--service", "tls12", "--caller", id, "-f", "json", "--lang", "en"),
		})
	}
	l.one("check/files", dated("check", "fleet/osaka", "--service", "azure-backup", "-o", "OUT/a.txt", "-o", "OUT/a.json", "-o", "OUT/a.csv",
		"-o", "OUT/a.html", "-o", "OUT/a.sarif", "-o", "OUT/a.jsonl")...)
	l.one("check/colour", dated("check", "fleet/osaka", "--service", "azure-backup", "--color", "always")...)
	l.one("check/exit-zero", dated("check", "fleet/osaka", "--service", "azure-backup", "--exit-zero", "-q")...)
	l.one("check/list-format", dated("check", "fleet/osaka", "--service", "azure-backup", "-o", "OUT/a.md", "-o", "json=OUT/typed")...)
}

// cases runs check and fix over the acceptance cases.
func (l *list) cases(k known) {
	for _, c := range k.cases {
		args := []string{"cases/" + c.id + "/host.json", "--service", "cases/" + c.id + "/service.json", "--on", c.on, "--today", c.on}
		for _, id := range c.callers {
			args = append(args, "--caller", id)
		}
		l.some([]string{"table", "json", "csv", "html", "sarif"}, "cases/check-"+c.id, append([]string{"check"}, args...)...)
		for name, flag := range map[string][]string{"fewest": nil, "documented": {"--documented"}} {
			l.one("cases/fix-"+c.id+"-"+name, append(append([]string{"fix", "--as", "ps1", "--as", "cmd", "--as", "reg", "--dir", "OUT/fix"}, args...), flag...)...)
		}
	}
}

func (l *list) fix() {
	osaka := dated("fix", "fleet/osaka", "--service", "azure-backup")
	l.each("fix/osaka", osaka...)
	l.each("fix/fleet", dated("fix", "fleet", "--service", "azure-backup", "--os", "Windows Server 2016")...)
	l.each("fix/two-services", dated("fix", "fleet/osaka", "--service", "azure-backup", "--service", "wsus")...)
	l.each("fix/documented", append(osaka, "--documented")...)
	for _, as := range []string{"ps1", "cmd", "reg"} {
		l.one("fix/dir-"+as, append(osaka, "--as", as, "--dir", "OUT/fix")...)
		l.one("fix/dir-one-"+as, dated("fix", "fleet/osaka/FS01.json", "--service", "azure-backup", "--as", as, "--dir", "OUT/fix")...)
		l.one("fix/dir-documented-"+as, append(osaka, "--documented", "--as", as, "--dir", "OUT/fix")...)
	}
	l.one("fix/dir-by-folder", append(osaka, "--by", "folder", "--as", "ps1", "--dir", "OUT/fix")...)
	l.one("fix/dir-fleet", dated("fix", "fleet", "--service", "tls12", "--os", "Windows Server 2012 R2", "--as", "ps1", "--as", "cmd", "--as", "reg", "--dir", "OUT/fix")...)
	l.one("fix/dir-format", append(osaka, "--as", "cmd", "--dir", "OUT/fix", "-f", "json", "-o", "OUT/report.json", "-o", "OUT/report.html")...)
	l.one("fix/nothing", dated("fix", "fleet/osaka/NEW01.json", "--service", "azure-backup", "--as", "ps1", "--dir", "OUT/fix")...)
	l.one("fix/as-alone", append(osaka, "--as", "ps1")...)
	l.one("fix/as-unknown", append(osaka, "--as", "pdf", "--dir", "OUT/fix")...)
	l.one("fix/apply-files", append(osaka, "--apply", "--yes")...)
	l.one("fix/undo-absent", "fix", "--undo", "data/absent.json", "--yes")
	l.one("fix/undo-other", "fix", "--undo", "data/other.json", "--yes")
}

func (l *list) collect() {
	l.each("collect/one", "collect", "fleet/osaka/FS01.json")
	l.each("collect/reg", "collect", "fleet/tokyo/DC01", "--os", "Windows Server 2012 R2")
	l.one("collect/dir", "collect", "fleet", "--os", "Windows Server 2016", "--dir", "OUT/snapshots")
	l.one("collect/exports", "collect", "data/exports", "--dir", "OUT/snapshots")
	l.one("collect/hosts", "collect", "--hosts", "data/list.txt", "--dir", "OUT/snapshots")
	l.one("collect/covered", "collect", "fleet/tokyo/DC01", "--covered", `HKLM\SOFTWARE\Microsoft\.NETFramework`, "--os", "6.3.9600", "-o", "OUT/dc01.json")
	l.one("collect/several", "collect", "fleet/osaka")
	l.one("collect/broken", "collect", "data/broken.json")
	l.one("collect/resume", "collect", "data/other.json", "--resume")
	for _, script := range []string{"cmd", "ps1"} {
		l.each("collector/"+script, "collector", script)
		l.one("collector/"+script+"-file", "collector", script, "-o", "OUT/collect."+script)
	}
}

func (l *list) diff() {
	l.each("diff/hosts", dated("diff", "fleet/osaka/FS01.json", "fleet/osaka/FS03.json", "--service", "azure-backup")...)
	l.each("diff/same", dated("diff", "fleet/osaka", "fleet/osaka", "--service", "azure-backup")...)
	l.each("diff/folders", dated("diff", "fleet/osaka", "fleet/tokyo", "--service", "azure-backup", "--os", "Windows Server 2016")...)
	l.each("diff/with", dated("diff", "fleet/osaka", "fleet/osaka", "--service", "azure-backup", "--with", "data/recipe.reg")...)
	l.each("diff/inventory", dated("diff", "fleet/osaka", "fleet/branches.csv", "--service", "tls12")...)
	l.one("diff/one-side", "diff", "fleet/osaka")
}

func (l *list) probe(servers map[string]string) {
	modern, mixed, newest := servers["modern"], servers["mixed"], servers["newest"]
	every := []string{modern, mixed, newest, servers["old"]}
	for name, args := range map[string][]string{
		"versions":     every,
		"all":          append([]string{"--all", "--sni", "lab.example.com"}, every...),
		"suites":       append([]string{"--suites", "--groups"}, every...),
		"certificates": append([]string{"--certificates"}, every...),
		"windows-7":    {"--as", "windows-7", mixed, modern},
		"host":         {"--as", "host:fleet/osaka/FS01.json", mixed},
		"accepting":    {"--as", "windows-7", "--as", "windows-server-2019/schannel", "--accepting", "TLS 1.2+; -CBC", mixed},
		"intermediate": {"--policy", "mozilla-intermediate", mixed, newest},
		"modern":       {"--policy", "mozilla-modern", newest, modern},
		"own-policy":   {"--policy", "data/policy.yaml", mixed},
		"own-service":  {"--service", "data/own.yaml", mixed},
		"host-service": {"--service", "host:fleet/osaka/WEB01.json", mixed},
		"failing":      {servers["http"], servers["closed"], servers["reset"], modern},
		"targets":      {"--targets", "data/targets.txt", "https://" + modern + "/page"},
		"starttls":     {"--starttls", "smtp", "--suites", servers["smtp"], servers["reset"]},
	} {
		l.each("probe/"+name, append([]string{"probe", "--rate", "0"}, args...)...)
	}
	l.some([]string{"json", "table"}, "probe/all-windows", "probe", "--rate", "0", "--as", "all-windows", mixed)
	l.one("probe/files", "probe", "--rate", "0", mixed, modern, "-o", "OUT/p.jsonl", "-o", "OUT/p.csv", "-o", "OUT/p.txt")
	l.one("probe/baseline", "probe", "--rate", "0", "--diff", "data/absent.jsonl", mixed)
	l.some([]string{"table", "json"}, "check/endpoint", dated("check", "fleet/osaka", "--endpoint", modern, "--caller", "powershell-5.1-x64")...)
	l.some([]string{"table", "json"}, "check/endpoint-closed", dated("check", "fleet/osaka/FS01.json", "--endpoint", servers["closed"])...)
}

// knowledge runs what services and callers say.
func (l *list) knowledge(k known) {
	l.each("services/list", "services", "list", "--today", "2021-06-15")
	for _, id := range k.services {
		l.some([]string{"table", "json"}, "services/show-"+id, "services", "show", id)
		l.one("services/guide-"+id, "services", "guide", id, "--today", "2021-06-15")
	}
	l.each("services/show", "services", "show", "azure-backup")
	l.each("services/guide", "services", "guide", "azure-backup", "--today", "2021-06-15")
	l.each("services/guide-own", "services", "guide", "data/own.yaml", "--today", "2021-06-15")
	l.each("services/lint", "services", "lint", "data/own.yaml")
	l.each("services/lint-bad", "services", "lint", "data/bad.yaml")
	l.one("services/show-unknown", "services", "show", "azure-bakup")
	l.each("callers/list", "callers", "list")
	for _, id := range k.callers {
		l.some([]string{"table", "json"}, "callers/show-"+id, "callers", "show", id)
	}
	l.each("callers/of", "callers", "of", "data/scripts")
	l.one("callers/of-absent", "callers", "of", "data/absent")
	l.one("callers/show-unknown", "callers", "show", "marsh")
}

func (l *list) explain(k known) {
	for _, id := range k.rules {
		l.some([]string{"table", "json"}, "explain/rule-"+id, "explain", id)
	}
	for name, asked := range map[string]string{
		"code": "0x80090331", "decimal": "-2146893007", "winhttp": "12175", "event": "event 36871 state 10013", "event-36874": "event 36874",
		"alert": "alert 40", "alert-70": "alert 70", "text": "Could not create SSL/TLS secure channel",
		"text-ja": "クライアントとサーバーは共通のアルゴリズムを処理していないので、通信できません", "service": "azure-backup", "caller": "mars", "nothing": "nothing of the kind",
	} {
		l.each("explain/"+name, "explain", "--", asked)
	}
	for _, id := range []string{"dotnet4-legacy-default", "no-common-version", "winhttp-default"} {
		l.each("explain/host-"+id, "explain", id, "--host", "fleet/osaka/FS01.json")
	}
}

// help runs what the program says of itself.
func (l *list) help() {
	for _, name := range []string{
		"", "check", "fix", "collect", "collector", "collector cmd", "collector ps1", "diff", "probe", "services", "services list", "services show",
		"services guide", "services lint", "callers", "callers list", "callers show", "callers of", "explain", "config", "config show", "completion", "man", "version",
	} {
		words := strings.Fields(name)
		plain := strings.Join(append([]string{"tlsready"}, words...), "-")
		l.one("help/"+plain, append(words, "--help")...)
		l.one("man/"+plain, append([]string{"man"}, words...)...)
	}
	l.each("version/version", "version")
	l.each("config/show", "config", "show")
	l.each("config/show-file", "config", "show", "--config", "data/settings.yaml")
	l.runs = append(l.runs,
		run{name: "config/environment", args: dated("check", "fleet/osaka"), env: []string{"TLSREADY_SERVICE=azure-backup", "TLSREADY_FORMAT=csv", "TLSREADY_LANG=ja"}},
		run{name: "config/environment-show", args: []string{"config", "show"}, env: []string{"TLSREADY_CALLER=schannel,winhttp-x64", "LC_ALL=ja_JP.UTF-8"}},
		run{name: "config/environment-bad", args: dated("check", "fleet/osaka"), env: []string{"TLSREADY_EXIT_ZERO=perhaps"}},
		run{name: "config/file", args: dated("check", "fleet/osaka", "--service", "tls12", "--config", "data/settings.yaml")},
	)
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		l.one("completion/"+shell, "completion", shell)
	}
	l.runs = append(l.runs,
		run{name: "completion/flags", args: []string{"__complete", "check", "--"}},
		run{name: "completion/service", args: []string{"__complete", "check", "--service", ""}},
		run{name: "completion/caller", args: []string{"__complete", "check", "--caller", ""}})
}

// misuse runs what is refused. The words of a line are those of the name.
func (l *list) misuse() {
	for _, line := range []string{
		"chekc", "config", "config shwo", "dashboard", "version --jsn", "version extra", "version --format", "version --exit-zero=perhaps", "version -f yaml",
		"version --json -f csv", "version -o OUT/a.json -o OUT/a.json", "version -o htm=OUT/x", "version -o json=", "version -o OUT/none/x.json", "version -o OUT",
		"check", "check nowhere", "check data/broken.json", "check fleet --service azure-bakup", "check fleet --service data/bad.yaml", "check fleet --service absent.yaml",
		"check fleet --caller schanel", "check fleet --on 2021-13-01", "check fleet --today tomorrow", "check fleet --os Windws", "check fleet --with absent.reg",
		"check fleet --with data/own.yaml", "check fleet --assume updates=old", "check fleet --by weather", "check fleet --concurrency 0", "check fleet --host-timeout soon",
		"check fleet --resume", "check fleet --via smb://admin@", "check --hosts absent.txt", "check --hosts data/badlist.txt", "check fleet --hosts data/ids.txt --today 2021-06-15",
		"check - --hosts -", "check smb://admin:pass@fs01", "check http://fs01", "check local:", "check fleet --config absent.yaml", "check fleet --endpoint 127.0.0.1:99999",
		"fix", "fix fleet --undo data/other.json", "fix fleet --yes", "collect", "collect data/other.json --dir OUT/x -o OUT/y.json", "collector", "collector sh",
		"diff nowhere nowhere", "probe", "probe 10.0.0.0/8", "probe example.com:99999", "probe example.com --as windows-9/schannel", "probe example.com --policy mozilla-moderm",
		"probe example.com --starttls gopher", "probe example.com --rate=-1", "probe example.com --proxy ftp://example.com", "probe example.com --diff data/broken.json",
		"probe example.com --hello data/other.json", "probe 127.0.7.9:1 --resume", "services", "services lint", "services lint absent.yaml", "services guide",
		"callers", "callers show", "explain", "explain dotnet4-legacy-default --host absent.json", "completion", "completion cmd", "man chekc",
	} {
		words := strings.Fields(line)
		name := "misuse/" + strings.NewReplacer("/", ":", " ", "_").Replace(line)
		l.one(name, words...)
		l.one(name+"/json", append(words, "-f", "json")...)
	}
	l.runs = append(l.runs, run{name: "misuse/list-on-standard-input", args: dated("check", "--hosts", "-", "--service", "azure-backup"), stdin: "fleet/osaka/FS01.json\n"},
		run{name: "misuse/snapshot-on-standard-input", args: dated("check", "-", "--service", "azure-backup"), stdin: `{"schema": "tlsready.host/v1", "name": "in", "os": {"version": "6.1", "build": 7601}}`},
		run{name: "misuse/targets-on-standard-input", args: []string{"probe", "-", "--rate", "0"}, stdin: "127.0.7.9:1\nftp://example.com\n"})
}
