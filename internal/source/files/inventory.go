package files

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/winver"
)

// maxInventory bounds an inventory list: 100,000 machines with all their columns
// stay well below it.
const maxInventory = 64 << 20

// Inventory reads a CSV list of machines: name, operating system, programs.
func Inventory() source.Kind {
	return source.Kind{Name: "inventory", Sniff: sniffInventory, Limit: maxInventory, Read: readInventory, Many: true, Extensions: []string{".csv", ".tsv"}}
}

// column is what a column of the list means.
type column int

const (
	other column = iota
	nameColumn
	osColumn
	versionColumn
	buildColumn
	packColumn
	programColumn
	programVersionColumn
	domainNameColumn // the name with its domain, which outranks the bare one
	ownerColumn
	addressColumn
	agentColumn // what a backup vault calls the agent of a protected server
)

// headers are the column names of the exports that people have: Active
// Directory (Get-ADComputer), WSUS, Configuration Manager, and lists made by
// hand, in English and Japanese. Blanks, case and width do not count.
func headers() map[string]column {
	m := map[string]column{}
	for c, names := range map[column]string{
		nameColumn: "name,computer,computername,hostname,host,netbiosname,netbiosname0,name0,device,devicename,machine,machinename,server,servername," +
			"コンピューター名,コンピュータ名,コンピューター,コンピュータ,ホスト名,機器名,機器,サーバー名,サーバ名,デバイス名,名前,端末名,マシン名",
		domainNameColumn: "dnshostname,fulldomainname,fqdn,fullyqualifieddomainname,完全修飾ドメイン名,完全修飾名,dns名,dnsホスト名",
		ownerColumn:      "owner,team,department,contact,responsible,管理部署,担当,担当者,担当部署,管理者,所有者,部署,部門",
		addressColumn:    "ip,ipv4,ipaddress,ipaddresses,ipv4address,ipv4addresses,ipaddress0,ipaddresses0,ipアドレス,ipv4アドレス",
		agentColumn:      "backupmanagementtype,backupagent,agenttype,バックアップ管理の種類,バックアップの管理の種類,エージェントの種類",
		osColumn: "os,operatingsystem,osname,osdescription,operatingsystemname,operatingsystemnameandversion,operatingsystemnameandversion0,caption,caption0,caption00,osplatform," +
			"オペレーティングシステム,os名,os名称,オペレーティングシステム名",
		versionColumn: "operatingsystemversion,osversion,version0,osbuildversion," +
			"オペレーティングシステムのバージョン,オペレーティングシステムバージョン,osバージョン,osのバージョン",
		buildColumn: "build,osbuild,buildnumber,osbuildnumber,buildnumber0,currentbuild,ビルド,osビルド,ビルド番号,osビルド番号",
		packColumn:  "operatingsystemservicepack,servicepack,csdversion,csdversion0,サービスパック,オペレーティングシステムのサービスパック",
		programColumn: "programs,program,software,applications,application,installedsoftware,installedprograms,productname,productname0,displayname,displayname0,arpdisplayname,arpdisplayname0," +
			"プログラム,ソフトウェア,ソフトウエア,アプリケーション,アプリ,製品名,インストール済みプログラム,インストール済みソフトウェア",
		programVersionColumn: "programversion,productversion,productversion0,displayversion,softwareversion,applicationversion,プログラムのバージョン,製品バージョン,ソフトウェアバージョン,プログラムバージョン",
	} {
		for _, name := range strings.Split(names, ",") {
			m[name] = c
		}
	}
	return m
}

// columns reads a header line; ok says that it has a name and a system.
func columns(fields []string) (list []column, ok bool) {
	known := headers()
	for _, f := range fields {
		list = append(list, known[plainHeader(f)])
	}
	has := func(c column) bool { return slices.Contains(list, c) }
	if at := slices.Index(list, osColumn) + 1; at > 0 && at < len(list) && !has(versionColumn) && bareVersion(fields[at]) {
		list[at] = versionColumn
	}
	named := has(nameColumn) || has(domainNameColumn)
	return list, named && (has(osColumn) || has(versionColumn) || has(buildColumn) || has(programColumn) || has(ownerColumn) || has(agentColumn))
}

// bareVersion says whether a header says "version" and not of what: right behind the
// system's name it is the system's.
func bareVersion(header string) bool {
	return slices.Contains([]string{"version", "ver", "バージョン", "版"}, plainHeader(header))
}

func plainHeader(text string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "", "\t", "", `"`, "", "\ufeff", "").Replace(strings.ToLower(width.Fold.String(text)))
}

// IsNameHeader says whether a field is what lists of machines call the column of
// their names, in English or Japanese.
func IsNameHeader(field string) bool {
	c := headers()[plainHeader(field)]
	return c == nameColumn || c == domainNameColumn
}

func sniffInventory(head []byte, name string) bool {
	if !source.HasSuffixFold(name, ".csv") && !source.HasSuffixFold(name, ".tsv") && !source.HasSuffixFold(name, ".txt") {
		return false
	}
	text, err := source.Text(head)
	if err != nil {
		return false
	}
	_, _, ok := headerLine(text)
	return ok
}

// headerLine finds the line with the column names, passing over what exports put
// before it ("#TYPE …" of PowerShell, "sep=;", blank lines, a title), and the
// separator. The text is from that line on.
func headerLine(text string) (rest string, comma rune, ok bool) {
	const maxBefore = 10 // lines before the header; titles of reports have fewer
	for range maxBefore {
		line, after, more := strings.Cut(text, "\n")
		for _, comma := range ",;\t" {
			fields := strings.Split(strings.TrimRight(line, "\r"), string(comma))
			if _, ok := columns(fields); ok {
				return text, comma, true
			}
		}
		if !more {
			return "", 0, false
		}
		text = after
	}
	return "", 0, false
}

func readInventory(in source.Input, _ source.Options) ([]source.Host, error) {
	path := in.Path
	text, err := source.Text(in.Files[0].Data)
	if err != nil {
		return nil, &message.Problem{Where: path, Err: err, Hint: message.New("files.hint.encoding")}
	}
	rest, comma, ok := headerLine(text)
	if !ok {
		return nil, message.Error("files.no-header").At(path).Hinted("files.hint.header")
	}
	list := inventory{path: path, at: map[string]int{}, lines: map[int]int{}, before: strings.Count(text[:len(text)-len(rest)], "\n")}
	r := csv.NewReader(strings.NewReader(rest))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma, -1, true
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list.hosts, nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return nil, strayQuote(path, bad.StartLine+list.before)
		}
		if err != nil {
			return nil, message.At(path, err)
		}
		line, _ := r.FieldPos(0)
		if list.columns == nil {
			list.columns, _ = columns(fields)
			list.states = slices.ContainsFunc(list.columns, func(c column) bool { return c == osColumn || c == versionColumn || c == buildColumn })
			continue
		}
		if list.swallows(fields, comma) {
			return nil, strayQuote(path, line+list.before)
		}
		list.row(fields, line+list.before)
	}
}

// strayQuote is the problem of a quote that does not end in its cell: it swallows
// the rows after it, and nobody would notice that their machines are missing.
func strayQuote(path string, line int) error {
	return message.Error("files.stray-quote").OnLine(line).At(path).Hinted("files.hint.stray-quote")
}

// swallows says whether a row holds others: a name or a system has no line break,
// and a list of programs or addresses has none that is followed by as many cells as a row has.
func (l *inventory) swallows(fields []string, comma rune) bool {
	for i, f := range fields {
		_, after, breaks := strings.Cut(f, "\n")
		if !breaks || i >= len(l.columns) || l.columns[i] == other {
			continue
		}
		if l.columns[i] != programColumn && l.columns[i] != programVersionColumn && l.columns[i] != addressColumn {
			return true
		}
		for line := range strings.SplitSeq(after, "\n") {
			if strings.Count(line, string(comma)) >= len(l.columns)-1 {
				return true
			}
		}
	}
	return false
}

// inventory is a list being read. Lists with one line per machine and program
// name a machine many times; its lines are one host.
type inventory struct {
	path    string
	columns []column
	hosts   []source.Host
	at      map[string]int // index in hosts by name in lower case
	lines   map[int]int    // first line by index in hosts
	before  int            // lines before the header
	states  bool           // there is a column for the system
}

// record is a row by meaning; the first column that is filled counts.
type record map[column]string

func (l *inventory) record(fields []string) record {
	rec := record{}
	for i, f := range fields {
		if i >= len(l.columns) || l.columns[i] == other {
			continue
		}
		if f = strings.TrimSpace(f); rec[l.columns[i]] == "" {
			rec[l.columns[i]] = f
		}
	}
	return rec
}

func (l *inventory) row(fields []string, line int) {
	rec := l.record(fields)
	name := cmp.Or(rec[domainNameColumn], strings.TrimSuffix(rec[nameColumn], "$")) // "$": an AD account name
	if name == "" {
		if strings.Join(fields, "") != "" {
			l.hosts = append(l.hosts, source.Host{ID: "line " + strconv.Itoa(line), Err: message.Error("files.row-no-name").OnLine(line).At(l.path)})
		}
		return
	}
	i, again := l.at[strings.ToLower(name)]
	if !again {
		i = len(l.hosts)
		l.at[strings.ToLower(name)] = i
		l.hosts = append(l.hosts, l.host(name, rec, line))
	}
	s := l.hosts[i].Snapshot
	if again && !l.agrees(i, name, rec, line) {
		return
	}
	if !again {
		l.lines[i] = line
	}
	if s == nil {
		return
	}
	s.Addresses = gather.Addresses(append(addressesIn(rec[addressColumn]), s.Addresses...))
	if slices.Contains(l.columns, programColumn) {
		addPrograms(s, rec[programColumn], rec[programVersionColumn])
	}
	if marsAgent(rec[agentColumn]) {
		addPrograms(s, agentName, rec[programVersionColumn])
	}
	switch owner := rec[ownerColumn]; {
	case owner == "" || s.Labels["owner"] == owner:
	case s.Labels == nil:
		s.Labels = map[string]string{"owner": owner}
	case len(s.Notes) < maxRowNotes:
		s.Notes = append(s.Notes, message.New("files.row-owner", message.Str("host", name), message.Quote("one", s.Labels["owner"]), message.Int("line", l.lines[i]), message.Quote("two", owner), message.Int("again", line)))
	}
}

// maxRowNotes bounds what is said of the rows of one host: a list with a line for each
// program may have hundreds.
const maxRowNotes = 3

// agrees says whether a later row of a host names the same system, or none. Two systems
// are two machines of one name, or a row that is wrong: nobody knows which.
func (l *inventory) agrees(i int, name string, rec record, line int) bool {
	first := l.hosts[i].Snapshot
	if first == nil {
		return false
	}
	os, err := l.rowOS(rec)
	if err != nil || os.Build == 0 || os.Build == first.OS.Build && os.Version == first.OS.Version {
		return true
	}
	if first.OS.Build == 0 {
		first.OS = os
		return true
	}
	l.hosts[i].Snapshot = nil
	l.hosts[i].Err = message.Error("files.row-twice", message.Str("host", name), message.Int("one", l.lines[i]), message.Int("two", line),
		message.Str("system", nameOfSystem(first.OS)), message.Str("against", nameOfSystem(os))).At(l.path).Hinted("files.hint.row-twice")
	return false
}

func nameOfSystem(os host.OS) string {
	return cmp.Or(os.Name, os.Version+"."+strconv.Itoa(os.Build))
}

// agentName is how the Azure Backup agent stands among the installed programs.
const agentName = "Microsoft Azure Recovery Services Agent"

// marsAgent says whether a vault's list means the Azure Backup agent. MAB is its name
// in the interface (Microsoft.RecoveryServices, BackupManagementType), the others are
// those of the portal.
func marsAgent(cell string) bool {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "mab", "mars", "azure backup agent", "azurebackupagent", "azure backup エージェント", "mars エージェント":
		return true
	}
	return false
}

// host makes the host of a row.
func (l *inventory) host(name string, rec record, line int) source.Host {
	h := source.Host{ID: strings.NewReplacer("/", "_", `\`, "_").Replace(name)}
	os, err := l.rowOS(rec)
	if err != nil {
		h.Err = message.At(l.path, message.OnLine(line, message.At(name, err)))
		return h
	}
	h.Snapshot = &host.Snapshot{Schema: host.Schema, Name: name, Source: "inventory:" + l.path, OS: os}
	return h
}

// rowOS takes version and build if the row has them, because they are exact, and
// the name to tell what kind of system it is.
func (l *inventory) rowOS(rec record) (host.OS, error) {
	name := rec[osColumn]
	named, nameErr := winver.ParseOS(cmp.Or(joinNonEmpty(name, rec[packColumn]), "-"))
	exact, ok := exactOS(rec)
	if !ok {
		if name == "" && rec[versionColumn] == "" && rec[buildColumn] == "" {
			if !l.states {
				return host.OS{}, nil // the list is of names, programs or owners
			}
			return host.OS{}, message.Error("files.row-no-system")
		}
		return named, nameErr
	}
	exact.Name = winver.ProductName(name, exact.Build)
	if _, isVersion := winver.ParseVersion(name); isVersion {
		exact.Name = ""
	}
	exact.Type = winver.TypeByName(winver.PlainName(exact.Name))
	if pack := winver.ServicePack(rec[packColumn]); pack > 0 {
		exact.ServicePack = pack
	}
	return exact, nil
}

// exactOS reads version and build out of the columns that may hold them.
func exactOS(rec record) (host.OS, bool) {
	for _, text := range []string{rec[versionColumn], rec[buildColumn], rec[osColumn], rec[versionColumn] + "." + rec[buildColumn]} {
		if os, ok := winver.ParseVersion(text); ok {
			return os, true
		}
	}
	build := winver.LeadingNumber(rec[buildColumn])
	if version := winver.VersionOfBuild(build); version != "" && build >= 2600 {
		_, revision, _ := strings.Cut(rec[buildColumn], ".")
		return host.OS{Version: version, Build: build, Revision: winver.LeadingNumber(revision), ServicePack: winver.PackOfBuild(build)}, true
	}
	return host.OS{}, false
}

// addPrograms adds the programs of a cell, which may hold several with ";" or a
// line break between them.
func addPrograms(s *host.Snapshot, cell, version string) {
	if s.Programs == nil {
		s.Programs = &[]host.Program{}
	}
	for _, name := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '\n' || r == '|' || r == '；' }) {
		p := host.Program{Name: strings.TrimSpace(name), Version: version}
		if p.Name != "" && !slices.Contains(*s.Programs, p) {
			*s.Programs = append(*s.Programs, p)
		}
	}
	gather.SortPrograms(*s.Programs)
}

// addressesIn are the addresses of a cell, which may hold several.
func addressesIn(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool {
		return strings.ContainsRune(" ,;|/\t\r\n、；，", r) || r == '{' || r == '}' || r == '"'
	})
}

func joinNonEmpty(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}
