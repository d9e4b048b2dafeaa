package formats_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"tlsready/internal/observe"
	"tlsready/internal/observe/logs"
	"tlsready/internal/observe/logs/formats"
)

// Proves for each format that a log cut off in many places gives the connections that
// are whole in what is left, none that is not in the log, and does not panic.
func TestTruncated(t *testing.T) {
	for id, list := range examples() {
		for _, e := range list {
			t.Run(id+"/"+e.name, func(t *testing.T) {
				for n := 0; n < len(e.text); n += 1 + len(e.text)/100 {
					o := e.options
					o.Format = id
					got, _, _ := read(t, e.text[:n], o)
					for i, c := range got {
						// The last line may have lost fields at its end; those before it have not.
						if i < len(got)-1 && line(c) != e.want[i] {
							t.Fatalf("cut at %d: %s, want %s", n, line(c), e.want[i])
						}
					}
					if len(got) > len(e.want) {
						t.Fatalf("cut at %d: %d connections of %d", n, len(got), len(e.want))
					}
				}
			})
		}
	}
}

// Proves for each format that a record cut off at any byte does not make it panic.
func TestTruncatedRecords(t *testing.T) {
	for id, list := range examples() {
		for _, e := range list {
			o := e.options
			o.Format = id
			c := formats.NewConfig(o)
			l := c.Detect([]byte(e.text))
			if l == nil {
				t.Errorf("%s/%s is not detected", id, e.name)
				continue
			}
			p := formats.NewParser(c)
			for record := range strings.Lines(e.text) {
				for n := range record {
					p.Parse(l, []byte(record[:n]))
				}
			}
		}
	}
}

// Proves for each format that lines which do not fit are counted with the place of the
// first, and that the others are read all the same.
func TestBrokenLines(t *testing.T) {
	for id, list := range examples() {
		for _, e := range list {
			t.Run(id+"/"+e.name, func(t *testing.T) {
				rubbish := "\x00\x01\xff this is no line of any log {[\n"
				got, coverage, err := read(t, strings.TrimRight(e.text, "\r\n")+"\n"+rubbish+rubbish, e.options)
				if err != nil || len(got) != len(e.want) {
					t.Errorf("%d of %d connections, %v", len(got), len(e.want), err)
				}
				place := "log:" + itoa(strings.Count(strings.TrimRight(e.text, "\r\n"), "\n")+2)
				if strings.Contains(e.text, "<Event ") { // text around the elements is no event
					return
				}
				if len(coverage.Losses) != 1 || coverage.Losses[0].Count != 2 || coverage.Losses[0].Where != place {
					t.Errorf("%+v, want two at %s", coverage.Losses, place)
				}
			})
		}
	}
}

func itoa(n int) string {
	var b []byte
	for ; n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

// Proves for each format that its examples can be told their format, and that telling
// another does not make connections of them that are not there.
func TestForced(t *testing.T) {
	all := examples()
	for id, list := range all {
		for _, e := range list {
			for _, f := range formats.List() {
				o := e.options
				o.Format = f.ID
				got, _, _ := read(t, e.text, o)
				if f.ID == id && len(got) != len(e.want) {
					t.Errorf("%s/%s: %d connections where its format is told", id, e.name, len(got))
				}
				if f.ID != id && len(got) > len(e.want) {
					t.Errorf("%s/%s read as %s: %d connections of %d", id, e.name, f.ID, len(got), len(e.want))
				}
			}
		}
	}
}

// Proves that two logs of any formats one after the other are read as each alone.
func TestConcatenated(t *testing.T) {
	all := examples()
	for first, a := range all {
		for second, b := range all {
			if a[0].options.LogFormat != "" || b[0].options.LogFormat != "" || second == "schannel" || first == "schannel" {
				continue // one --log-format serves one log; events are found by their element
			}
			if (first == "cloudtrail" || first == "entra") && (strings.HasPrefix(b[0].text, "#") || strings.HasPrefix(b[0].text, "[")) {
				continue // what is found in documents has no headers
			}
			if strings.HasPrefix(b[0].text, "\ufeff") || !strings.HasSuffix(a[0].text, "\n") && !strings.HasSuffix(a[0].text, "}") {
				continue
			}
			o := a[0].options
			if o.ClientField == "" {
				o.ClientField = b[0].options.ClientField
			}
			if o.Now.IsZero() {
				o.Now = b[0].options.Now
			}
			_, alone, _ := read(t, a[0].text, o)
			_, after, _ := read(t, b[0].text, o)
			_, both, err := read(t, strings.TrimRight(a[0].text, "\r\n")+"\n"+b[0].text, o)
			if err != nil || both.Connections != alone.Connections+after.Connections {
				t.Errorf("%s before %s: %d connections of %d+%d, %v, %+v", first, second, both.Connections, alone.Connections, after.Connections, err, both.Losses)
			}
		}
	}
}

// Proves that no bytes make a format panic, that what is given is text, and that the
// counts agree.
func FuzzRead(f *testing.F) {
	list := formats.List()
	for _, examples := range examples() {
		for _, e := range examples {
			f.Add([]byte(e.text), uint8(255), e.options.LogFormat, e.options.ClientField)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, which uint8, logFormat, clientField string) {
		o := formats.Options{LogFormat: logFormat, ClientField: clientField, Keep: []string{"time", "c-ip"}, Workers: 1}
		if int(which) < len(list) {
			o.Format = list[which].ID
		}
		n := 0
		coverage, _ := logs.Read(t.Context(), bytes.NewReader(text), "log", o, func(c observe.Connection) error {
			n++
			if s := line(c); !utf8.ValidString(s) || c.Line < 1 || c.Format == "" {
				t.Errorf("%q at %d of %q", s, c.Line, c.Format)
			}
			return nil
		})
		if coverage.Connections != n || coverage.From.After(coverage.To) {
			t.Errorf("%+v of %d", coverage, n)
		}
	})
}
