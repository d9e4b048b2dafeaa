package files_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/source/list/pure"
	"tlsready/internal/source/sourcetest"
)

func utf16file(text string) []byte { return append([]byte{0xff, 0xfe}, sourcetest.UTF16LE(text)...) }

// TestInventory proves that lists as Active Directory, WSUS, Configuration
// Manager and people write them become hosts, in every encoding and with every
// separator.
func TestInventory(t *testing.T) {
	jp := "コンピューター名;OS;ビルド;プログラム\r\n業務01;Windows Server 2012 R2 Standard;9600;Microsoft Azure Recovery Services Agent|表計算\r\n"
	for _, c := range []struct {
		name, id string
		data     []byte
		os       host.OS
		programs []host.Program // nil: not asked
	}{
		{
			"active directory", "FS01", []byte("#TYPE Microsoft.ActiveDirectory.Management.ADComputer\r\n\"Name\",\"OperatingSystem\",\"OperatingSystemVersion\"\r\n\"FS01\",\"Windows Server 2012 R2 Standard\",\"6.3 (9600)\"\r\n"),
			host.OS{Name: "Windows Server 2012 R2 Standard", Version: "6.3", Build: 9600, Type: "server"},
			nil,
		},
		{
			"name alone", "PC7", []byte("\xef\xbb\xbfDNSHostName\tOperating System\tService Pack\r\nPC7\tWindows 7 Professional\tService Pack 1\r\n"),
			host.OS{Name: "Windows 7 Professional Service Pack 1", Version: "6.1", Build: 7601, ServicePack: 1, Type: "client"},
			nil,
		},
		{
			"wsus", "pc11.example.com", []byte("FullDomainName,OSDescription,Build\npc11.example.com,Windows 10 Pro,22631.2861\n"),
			host.OS{Name: "Windows 11 Pro", Version: "10.0", Build: 22631, Revision: 2861, Type: "client"},
			nil,
		},
		{
			"configmgr", "SQL1", []byte("Netbios_Name0,Caption0,Version0,ProductName0,ProductVersion0\nSQL1,Microsoft Windows Server 2016 Standard,10.0.14393,Storage Sync Agent,17.1\nSQL1,Microsoft Windows Server 2016 Standard,10.0.14393,Agent B,2\n"),
			host.OS{Name: "Windows Server 2016 Standard", Version: "10.0", Build: 14393, Type: "server"},
			[]host.Program{{Name: "Agent B", Version: "2"}, {Name: "Storage Sync Agent", Version: "17.1"}},
		},
		{"japanese 932", "業務01", sourcetest.CP932(t, jp), host.OS{Name: "Windows Server 2012 R2 Standard", Version: "6.3", Build: 9600, Type: "server"}, []host.Program{{Name: "Microsoft Azure Recovery Services Agent"}, {Name: "表計算"}}},
		{"japanese utf-16", "業務01", utf16file(jp), host.OS{Name: "Windows Server 2012 R2 Standard", Version: "6.3", Build: 9600, Type: "server"}, []host.Program{{Name: "Microsoft Azure Recovery Services Agent"}, {Name: "表計算"}}},
		{"version behind the system", "PC3", []byte("コンピューター名,オペレーティングシステム,バージョン,管理部署\nPC3,Windows 10 Pro,10.0 (19045),営業部\n"), host.OS{Name: "Windows 10 Pro", Version: "10.0", Build: 19045, Type: "client"}, nil},
		{"version behind the program", "PC4", []byte("Name,OS,Software,Version\nPC4,Windows Server 2016,Agent,2.0\n"), host.OS{Name: "Windows Server 2016", Version: "10.0", Build: 14393, Type: "server"}, []host.Program{{Name: "Agent"}}},
		{"japanese wide", "PC2", []byte("コンピュータ名,オペレーティング システム,オペレーティング システムのバージョン\nPC2,Windows 10 Enterprise,10.0 (17763)\n"), host.OS{Name: "Windows 10 Enterprise", Version: "10.0", Build: 17763, Type: "client"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			hosts, ids, _ := sourcetest.Read(t, source.Options{}, sourcetest.Write(t, "", "list.csv", c.data))
			if len(ids) != 1 || hosts[c.id].Snapshot == nil {
				t.Fatalf("hosts %q: %v", ids, hosts[ids[0]].Err)
			}
			s := hosts[c.id].Snapshot
			if s.OS != c.os || s.Name != c.id || len(s.Covered) != 0 || len(s.Registry) != 0 {
				t.Errorf("got %+v", s)
			}
			if (s.Programs == nil) != (c.programs == nil) {
				t.Fatalf("programs %+v", s.Programs)
			}
			for i, p := range c.programs {
				if (*s.Programs)[i] != p {
					t.Errorf("programs %+v", *s.Programs)
				}
			}
		})
	}
}

// TestInventoryAddresses proves that the addresses of a list are taken, however a cell
// separates them, in more than one row, and that what is none is passed over.
func TestInventoryAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"one":          {"Name,OS,IPAddress\nA,Windows Server 2019,192.0.2.7\n", []string{"192.0.2.7"}},
		"several":      {"Name,OS,IP Addresses\nA,Windows Server 2019,\"192.0.2.7; fe80::1, 2001:db8::7\"\n", []string{"192.0.2.7", "2001:db8::7"}},
		"lines":        {"Name,OS,IP_Addresses0\nA,Windows Server 2019,\"192.0.2.7\n192.0.2.8\"\n", []string{"192.0.2.7", "192.0.2.8"}},
		"rows":         {"Name,OS,IPv4Address\nA,Windows Server 2019,192.0.2.8\nA,Windows Server 2019,192.0.2.7\n", []string{"192.0.2.7", "192.0.2.8"}},
		"powershell":   {"Name,OS,IPAddress\nA,Windows Server 2019,\"{192.0.2.7, fe80::1}\"\n", []string{"192.0.2.7"}},
		"japanese":     {"コンピューター名;OS;ＩＰアドレス\nA;Windows Server 2019;192.0.2.7、192.0.2.8\n", []string{"192.0.2.7", "192.0.2.8"}},
		"none":         {"Name,OS,IP\nA,Windows Server 2019,DHCP\n", nil},
		"a cut cell":   {"Name,OS,IP\nA,Windows Server 2019\n", nil},
		"no addresses": {"Name,OS,Address\nA,Windows Server 2019,1 Example Street\n", nil},
	} {
		hosts, _, _ := sourcetest.Read(t, source.Options{}, sourcetest.Write(t, "", "list.csv", []byte(c.text)))
		if s := hosts["A"].Snapshot; s == nil || !slices.Equal(s.Addresses, c.want) {
			t.Errorf("%s: %+v", name, hosts["A"])
		}
	}
}

// TestInventoryRows proves that a row without a usable system costs that host,
// with its line, and that no row hides another.
func TestInventoryRows(t *testing.T) {
	text := "Servers of the site\n\nName,OperatingSystem\nGOOD,Windows Server 2019 Datacenter\nNONE,\nTEN,Windows 10 Pro\nLINUX,Ubuntu 22.04\n,Windows 7\n\"A \"\"B\"\"\",\"Windows 8.1\"\n"
	hosts, ids, _ := sourcetest.Read(t, source.Options{}, sourcetest.Write(t, "", "list.csv", []byte(text)))
	if len(ids) != 6 {
		t.Fatalf("hosts %q", ids)
	}
	for id, want := range map[string]string{
		"NONE": "line 5: NONE: the row names no operating system", "TEN": `line 6: TEN: "Windows 10 Pro" does not say which release`,
		"LINUX": `line 7: LINUX: "Ubuntu 22.04" is no Windows`, "line 8": "line 8: the row has no name",
	} {
		if err := hosts[id].Err; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "list.csv") {
			t.Errorf("%s: %v", id, err)
		}
	}
	if hosts["GOOD"].Snapshot == nil || hosts[`A "B"`].Snapshot == nil {
		t.Error("good rows are lost")
	}
}

// TestInventoryQuote proves that a quote that does not end in its cell is an error
// with its line, wherever it ends, and that quotes in their places are not.
func TestInventoryQuote(t *testing.T) {
	head := "Name,OperatingSystem,Programs\n"
	for name, c := range map[string]struct {
		text string
		line string // "" for no error
	}{
		"never ends":           {head + "A,Windows 7,x\nB,\"Windows 7,x\nC,Windows 7,x\n", "line 3"},
		"ends in a later row":  {head + "A,\"Windows 7,x\nB,Windows 7\",x\nC,Windows 7,x\n", "line 2"},
		"ends before another":  {head + "A,\"Windows 7,x\nB,\"Windows 7\",x\n", "line 2"},
		"in the programs":      {head + "A,Windows 7,\"x\nB,Windows 7,y\"\nC,Windows 7,z\n", "line 2"},
		"within a cell":        {head + "A,Windows 7,x\nB,Windows 7,19\" monitor\n", "line 3"},
		"after a title":        {"All servers\n" + head + "A,\"Windows 7,x\n", "line 3"},
		"programs in lines":    {head + "A,Windows 7,\"x\ny\"\nB,Windows 7,z\n", ""},
		"quoted":               {head + "\"A\",\"Windows 7\",\"19\"\" monitor, black\"\n", ""},
		"breaks in other ones": {"Name,OperatingSystem,Notes\nA,Windows 7,\"first\nsecond\"\n", ""},
	} {
		hosts, ids, _ := sourcetest.Read(t, source.Options{}, sourcetest.Write(t, "", "list.csv", []byte(c.text)))
		err := hosts[ids[0]].Err
		if (err == nil) != (c.line == "") || err != nil && (!strings.Contains(err.Error(), c.line+":") || len(ids) != 1) {
			t.Errorf("%s: hosts %q, error %v, want %s", name, ids, err, c.line)
		}
	}
}

// FuzzInventory proves that no bytes make the list reader panic or give a host
// both or neither of snapshot and error.
func FuzzInventory(f *testing.F) {
	f.Add([]byte("Name,OperatingSystem,OperatingSystemVersion\nFS01,Windows Server 2012 R2,6.3 (9600)\n"))
	f.Add(sourcetest.CP932(f, "コンピューター名;OS;ビルド;プログラム\n業務01;Windows 7;7601;表|計\n"))
	f.Add(utf16file("ホスト名\tOS\nA\t\"Windows 8.1\n\"\n"))
	fuzzKind(f, "inventory", "list.csv")
}

// FuzzCollected proves the same for collector files.
func FuzzCollected(f *testing.F) {
	f.Add([]byte("tlsready.collect/v1\r\n## host A\r\n## tree HKEY_LOCAL_MACHINE\\A\r\nHKEY_LOCAL_MACHINE\\A\r\n    n    REG_DWORD    0x1\r\n    (Default)    REG_MULTI_SZ    a\\0b\r\n## present\r\n## end\r\n"))
	f.Add([]byte("tlsready.collect/v1\n## list HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\Packages\\Package_for_KB976902~x\n    CurrentState    REG_DWORD    0x70\n## present\n## end\n"))
	f.Add(append([]byte("tlsready.collect/v1\n## files\n"), sourcetest.UTF16LE("file 6.1.7601.1 System32\\winhttp.dll\n## present\n## end\n")...))
	f.Add(sourcetest.CP932(f, "tlsready.collect/v1\n## tree HKEY_LOCAL_MACHINE\\A\nエラー: アクセスが拒否されました。\n## unreadable\n## end\n"))
	fuzzKind(f, "collected", "A.tlsready.txt")
}

// FuzzExport proves the same for .reg exports.
func FuzzExport(f *testing.F) {
	f.Add([]byte("Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\A\\\\B]\r\n\"a\"=dword:1\r\n@=\"x\"\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\r\n\"Current\"=dword:00000001\r\n"))
	f.Add([]byte("REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\n\"m\" = hex(7):61,00,00\n"))
	fuzzKind(f, "reg", "A.reg")
}

// FuzzConsole proves the same for texts of a console.
func FuzzConsole(f *testing.F) {
	f.Add([]byte("C:\\>reg query \"HKLM\\SOFTWARE\\A\" /s /reg:32\r\n\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\A\r\n    n    REG_DWORD    0x1\r\n    m    REG_SZ    a\r\nb\r\n\r\nERROR: Access is denied.\r\n"))
	f.Add([]byte("\nHKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\A\n    n    REG_MULTI_SZ    a\\0b\n\nEnd of search: 1 match(es) found.\n"))
	f.Add(sourcetest.CP932(f, "ホスト名:               FS01\nOS 名:                  Microsoft Windows 7\nOS バージョン:          6.1.7601 Service Pack 1 ビルド 7601\nホットフィックス:       1\n                        [01]: KB2919355\n"))
	f.Add(append([]byte{0xff, 0xfe}, sourcetest.UTF16LE("PS C:\\> reg query HKLM\\SOFTWARE\\A /v n 2>&1\r\nreg : ERROR: x\r\n")...))
	fuzzKind(f, "console", "A.txt")
}

// fuzzKind gives any bytes to a kind; what it makes of them has to be written
// and read back.
func fuzzKind(f *testing.F, name, file string) {
	for _, k := range pure.Kinds() {
		if k.Name != name {
			continue
		}
		f.Fuzz(func(t *testing.T, data []byte) {
			k.Sniff(data[:min(len(data), 4096)], file)
			hosts, err := k.Read(source.Input{Path: file, ID: "a", Files: []source.File{{Path: file, Data: data}}}, source.Options{OS: "Windows 7"})
			if err != nil {
				return
			}
			for _, h := range hosts {
				if (h.Err == nil) == (h.Snapshot == nil) {
					t.Fatalf("%q has both or neither of snapshot and error", h.ID)
				}
				if h.Snapshot == nil {
					continue
				}
				text, err := h.Snapshot.Encode()
				if err == nil && len(text) < host.MaxSnapshot {
					_, err = host.Decode(text, nil)
				}
				if err != nil {
					t.Fatalf("the snapshot does not read back: %v\n%s", err, text)
				}
			}
		})
		return
	}
	f.Fatalf("there is no kind %s", name)
}

// Proves that a list of 100,000 rows is read whole, in time linear in its rows, with the one
// name that stands there twice with two systems.
func TestHundredThousandRows(t *testing.T) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("Name,OperatingSystem,OperatingSystemVersion\n")
	for i := range rows {
		fmt.Fprintf(&text, "h%06d,Windows Server 2016 Standard,10.0 (14393)\n", i)
	}
	text.WriteString("H000007,Windows Server 2019 Standard,10.0 (17763)\n")
	in := source.Input{Path: "list.csv", Files: []source.File{{Path: "list.csv", Data: []byte(text.String())}}}
	hosts, err := files.Inventory().Read(in, source.Options{})
	if err != nil || len(hosts) != rows {
		t.Fatalf("%d hosts, %v", len(hosts), err)
	}
	failed := 0
	for _, h := range hosts {
		if h.Err != nil {
			failed++
		}
	}
	if failed != 1 || hosts[7].Err == nil {
		t.Errorf("%d hosts with an error; h000007: %v", failed, hosts[7].Err)
	}
}
