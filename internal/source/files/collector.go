package files

import (
	"bytes"
	_ "embed"
	"strconv"
	"strings"
)

//go:embed collector/collect.cmd
var collectCMD []byte

// CollectorCMD is the collector script for machines that cannot be reached: a
// batch file, with the line ends that cmd.exe needs for its labels. Its output is
// what the kind "collected" reads.
func CollectorCMD() []byte { return CollectorWith(nil) }

// CollectorWith is the collector with a part that gives a verdict on the spot, which
// begins with the label "verdict"; without one it only collects.
func CollectorWith(verdict []byte) []byte {
	if verdict == nil {
		verdict = []byte("rem Nothing more: a collector with --service gives a verdict here.\n:verdict\nexit /b 0\n")
	}
	return batch(bytes.Join([][]byte{collectCMD, verdict}, []byte("\n")))
}

// batch gives a script the line ends that cmd.exe needs for its labels.
func batch(script []byte) []byte {
	unix := bytes.ReplaceAll(script, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(unix, []byte("\n"), []byte("\r\n"))
}

//go:embed collector/capture.cmd
var captureCMD []byte

// CaptureCMD is the script that records a minute of traffic with what Windows has: of
// one port, or of all if port is 0. The connections of program, a file's name, are noted
// beside; "" notes none. ok is false if program is no name of a program.
//
// pktmon: https://learn.microsoft.com/windows-server/administration/windows-commands/pktmon-start,
// …/pktmon-filter-add and …/pktmon-etl2pcap; netsh trace and the tool that converts its
// files: https://github.com/microsoft/etl2pcapng.
func CaptureCMD(port uint16, program string) (script []byte, ok bool) {
	if !programName(program) {
		return nil, false
	}
	number := ""
	if port != 0 {
		number = strconv.Itoa(int(port))
	}
	filled := bytes.ReplaceAll(captureCMD, []byte("@PORT@"), []byte(number))
	return batch(bytes.ReplaceAll(filled, []byte("@PROGRAM@"), []byte(program))), true
}

// programName says whether cmd.exe takes a name for what it is: letters, digits, spaces
// and a few signs.
func programName(name string) bool {
	return len(name) < 128 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-+") == "" &&
		strings.TrimSpace(name) == name
}
