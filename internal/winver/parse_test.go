package winver_test

import (
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/winver"
)

// TestParseOS proves names in English and Japanese, and versions.
func TestParseOS(t *testing.T) {
	for text, want := range map[string]host.OS{
		"Windows Server 2012 R2":                   {Name: "Windows Server 2012 R2", Version: "6.3", Build: 9600, Type: "server"},
		"Windows Server 2012":                      {Name: "Windows Server 2012", Version: "6.2", Build: 9200, Type: "server"},
		"Windows Server 2008 R2 Service Pack 1":    {Name: "Windows Server 2008 R2 Service Pack 1", Version: "6.1", Build: 7601, ServicePack: 1, Type: "server"},
		"Windows Server® 2008 Standard":            {Name: "Windows Server 2008 Standard", Version: "6.0", Build: 6002, ServicePack: 2, Type: "server"},
		"Microsoft Windows Server 2025 Datacenter": {Name: "Windows Server 2025 Datacenter", Version: "10.0", Build: 26100, Type: "server"},
		"windows server, version 1809":             {Name: "windows server, version 1809", Version: "10.0", Build: 17763, Type: "server"},
		"Windows 10 22H2":                          {Name: "Windows 10 22H2", Version: "10.0", Build: 19045, Type: "client"},
		"Windows 10 Pro バージョン 1809":                {Name: "Windows 10 Pro バージョン 1809", Version: "10.0", Build: 17763, Type: "client"},
		"Windows 10 Enterprise LTSC 2019":          {Name: "Windows 10 Enterprise LTSC 2019", Version: "10.0", Build: 17763, Type: "client"},
		"Windows Server 2016":                      {Name: "Windows Server 2016", Version: "10.0", Build: 14393, Type: "server"},
		"Windows 8.1 Pro":                          {Name: "Windows 8.1 Pro", Version: "6.3", Build: 9600, Type: "client"},
		"Windows 8":                                {Name: "Windows 8", Version: "6.2", Build: 9200, Type: "client"},
		"Windows 11 (24H2)":                        {Name: "Windows 11 (24H2)", Version: "10.0", Build: 26100, Type: "client"},
		"6.3.9600":                                 {Version: "6.3", Build: 9600},
		"6.1 (7601)":                               {Version: "6.1", Build: 7601, ServicePack: 1},
		"10.0.17763.4010":                          {Version: "10.0", Build: 17763, Revision: 4010},
	} {
		if got, err := winver.ParseOS(text); err != nil || got != want {
			t.Errorf("%q: %v\ngot  %+v\nwant %+v", text, err, got, want)
		}
	}
	for _, text := range []string{"", "Windows", "Windows 10", "Windows 11 Pro", "Windows 12", "Debian 12", "6.3", "10.0.x", "Server", "99999999.1.2222"} {
		if got, err := winver.ParseOS(text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}
