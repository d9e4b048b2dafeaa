package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestCommittedTablesAreThoseOfTheData(t *testing.T) {
	for _, table := range tables {
		want, err := table.render()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile("../../" + table.file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the data files give: run go generate in the root of the module", table.file)
		}
	}
}

func TestDataNamesItsSource(t *testing.T) {
	for _, file := range []string{"suites.csv", "groups.csv", "signatures.csv"} {
		raw, err := data.ReadFile("data/" + file)
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(raw), "\ncode,")
		for _, want := range []string{"https://www.iana.org/assignments/tls-parameters/", "edition of", "2026-"} {
			if !strings.Contains(head, want) {
				t.Errorf("the head of %s lacks %q", file, want)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const first = "code,name,reference\n"
	if entries, err := parse([]byte("# note\n" + first + "0x0001,A,R\n# note\n0x010080,B,R\n")); err != nil || len(entries) != 2 || entries[1] != (entry{0x010080, "B", "R"}) {
		t.Fatalf("good data: %v, %v", entries, err)
	}
	for what, text := range map[string]string{
		"no first line":     "0x0001,A,R\n",
		"nothing":           "",
		"order":             first + "0x0002,A,R\n0x0001,B,R\n",
		"code twice":        first + "0x0001,A,R\n0x0001,B,R\n",
		"name twice":        first + "0x0001,A,R\n0x0002,a,R\n",
		"no name":           first + "0x0001,,R\n",
		"no reference":      first + "0x0001,A,\n",
		"not a code":        first + "Reserved,A,R\n",
		"four bytes":        first + "0x01000000,A,R\n",
		"a column too many": first + "0x0001,A,R,Y\n",
	} {
		if entries, err := parse([]byte(text)); err == nil {
			t.Errorf("%s: read as %v", what, entries)
		}
	}
}

func TestDescribeRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, name := range []string{"TLS_XYZ_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_XYZ_SHA", "TLS_XYZ_SHA256", "RSA_WITH_AES_128_CBC_SHA", "SSL_CK_XYZ"} {
		if f, err := describe(entry{0x0001, name, "R"}); err == nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
