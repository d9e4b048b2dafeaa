package hive_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/hive"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/testkit/hivegen"
)

const logged = `Microsoft\Logged`

// twoStates gives a dirty hive and the same hive after a change that its logs
// hold; the change makes it longer.
func twoStates(minor uint32) (dirty, after []byte) {
	spec := hivegen.Spec{Values: sample(), Minor: minor, Sequence: [2]uint32{9, 8}}
	dirty = spec.Build()
	spec.Values = append(spec.Values, host.Value{Key: logged, Name: "new", Data: host.Data{Type: host.Binary, Bytes: make([]byte, 9000)}})
	return dirty, spec.Build()
}

// pages are the pages of 4096 bytes of bins data that differ.
func pages(before, after []byte) (list []hivegen.Page) {
	for at := 4096; at < len(after); at += 4096 {
		if at+4096 > len(before) || !slices.Equal(before[at:at+4096], after[at:at+4096]) {
			list = append(list, hivegen.Page{Offset: uint32(at - 4096), Data: after[at : at+4096]})
		}
	}
	return list
}

func hasLogged(t *testing.T, h *hive.Hive) bool {
	t.Helper()
	_, ok, err := h.Key(logged)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// Logs of both formats bring a dirty hive to its last state; what does not fit
// is skipped with a warning.
func TestReplay(t *testing.T) {
	dirty, after := twoStates(5)
	size := uint32(len(after) - 4096)
	if len(after) <= len(dirty) {
		t.Fatal("the change does not make the hive longer")
	}
	all := pages(dirty, after)
	half := len(all) / 2
	first := hivegen.Entry{Sequence: 20, Size: size, Pages: all[:half]}
	second := hivegen.Entry{Sequence: 21, Size: size, Pages: all[half:]}
	edit := func(log []byte, at int, checksum bool) []byte {
		log = slices.Clone(log)
		if at < 0 {
			at += len(log)
		}
		log[at] ^= 1
		if checksum {
			hivegen.SetChecksum(log)
		}
		return log
	}
	root := slices.Clone(dirty)
	root[100] ^= 1 // the base block's checksum no longer fits

	for _, c := range []struct {
		name    string
		primary []byte
		logs    [][]byte
		applied bool
		warning string
	}{
		{"no log", dirty, nil, false, "without its logs"},
		{"one new log", dirty, [][]byte{hivegen.NewLog(dirty, first, second)}, true, ""},
		{"two new logs, the newer first", dirty, [][]byte{hivegen.NewLog(dirty, second), hivegen.NewLog(dirty, first)}, true, ""},
		{"an empty log beside", dirty, [][]byte{hivegen.NewLog(dirty, first, second), {}}, true, ""},
		{"base block damaged", root, [][]byte{hivegen.NewLog(dirty, first, second)}, true, ""},
		{"base block damaged, old log", root, [][]byte{hivegen.OldLog(dirty, after[4096:])}, true, ""},
		{"old log", dirty, [][]byte{hivegen.OldLog(dirty, after[4096:])}, true, ""},
		{"stale log", dirty, [][]byte{hivegen.NewLog(dirty, hivegen.Entry{Sequence: 5, Size: size, Pages: all})}, false, "nothing that fits"},
		{"a gap between the logs", dirty, [][]byte{
			hivegen.NewLog(dirty, hivegen.Entry{Sequence: 20, Size: size, Pages: all}), hivegen.NewLog(dirty, hivegen.Entry{Sequence: 22, Size: size, Pages: pages(after, dirty)}),
		}, true, "does not follow"},
		{"page damaged", dirty, [][]byte{edit(hivegen.NewLog(dirty, first, second), 700, false)}, false, "nothing that fits"},
		{"second entry damaged", dirty, [][]byte{
			edit(hivegen.NewLog(dirty, hivegen.Entry{Sequence: 20, Size: size, Pages: all}, hivegen.Entry{Sequence: 21, Size: size, Pages: all[:1]}), -1, false),
		}, true, "entry 21 is not whole"},
		{"stale log with a damaged entry, then a good one", dirty, [][]byte{
			edit(hivegen.NewLog(dirty, hivegen.Entry{Sequence: 5, Size: size, Pages: all[:1]}), 700, false), hivegen.NewLog(dirty, first, second),
		}, true, ""},
		{"older log without an entry", dirty, [][]byte{hivegen.NewLog(dirty, first)[:512], hivegen.NewLog(dirty, second)}, false, "no whole entry"},
		{"entry header damaged", dirty, [][]byte{edit(hivegen.NewLog(dirty, first, second), 512+8, false)}, false, "nothing that fits"},
		{"new part not whole", dirty, [][]byte{hivegen.NewLog(dirty, hivegen.Entry{Sequence: 20, Size: size, Pages: all[:len(all)-1]})}, false, "longer"},
		{"log's checksum wrong", dirty, [][]byte{edit(hivegen.NewLog(dirty, first, second), 60, false)}, false, "checksum"},
		{"old log of another time", dirty, [][]byte{edit(hivegen.OldLog(dirty, after[4096:]), 12, true)}, false, "nothing that fits"},
		{"old log cut", dirty, [][]byte{hivegen.OldLog(dirty, after[4096:])[:1500]}, false, "DIRT"},
		{"no log at all", dirty, [][]byte{[]byte("text")}, false, "base block"},
		{"a hive as its log", dirty, [][]byte{dirty}, false, "no transaction log"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, c.primary, c.logs...)
			if got := hasLogged(t, h); got != c.applied || (h.Replay().Entries > 0) != c.applied {
				t.Errorf("the logged key is there: %v, replay %+v", got, h.Replay())
			}
			if all := english(h); !strings.Contains(all, c.warning) || (all == "") != (c.warning == "") {
				t.Errorf("warnings %q, want %q", all, c.warning)
			}
			if _, _, err := walk(h); err != nil || !h.Dirty() {
				t.Errorf("dirty %v, walk: %v", h.Dirty(), err)
			}
		})
	}
}

// A log cannot demand more memory than it has bytes.
func TestLogThatGrowsTheHive(t *testing.T) {
	dirty, _ := twoStates(5)
	entry := hivegen.Entry{Sequence: 20, Size: 0xfffff000, Pages: []hivegen.Page{{Offset: 0xffffe000, Data: make([]byte, 4096)}}}
	if h := open(t, dirty, hivegen.NewLog(dirty, entry)); h.Replay().Entries != 0 {
		t.Errorf("replayed %+v", h.Replay())
	}
	old := hivegen.OldLog(dirty, dirty[4096:])
	binary.LittleEndian.PutUint32(old[40:], 0xfffff000)
	hivegen.SetChecksum(old)
	if h := open(t, dirty, old); h.Replay().Entries != 0 {
		t.Errorf("replayed %+v", h.Replay())
	}
}

// english is what a hive warns of, a line each.
func english(h *hive.Hive) string {
	var lines []string
	for _, w := range h.Warnings() {
		lines = append(lines, message.English(w))
	}
	return strings.Join(lines, "\n")
}
