package files

import (
	"bytes"
	_ "embed"
	"strconv"
	"strings"
)

//go:embed collector/collect.cmd
var collectCMD string

//go:embed collector/report.cmd
var reportCMD string

// The lines of the script in whose place that is written which reports to a console, and
// the line between the two parts of that.
const (
	cmdReport = "rem == report ==\n"
	cmdCall   = "rem == call ==\n"
)

// CollectorCMD is the collector script for machines that cannot be reached: a
// batch file, with the line ends that cmd.exe needs for its labels. Its output is
// what the kind "collected" reads.
func CollectorCMD() []byte { return Collector{}.CMD() }

// Collector is what a collector does beside collecting.
type Collector struct {
	// Verdict is the part that gives a verdict on the spot, which begins with the label
	// "verdict"; nil for none.
	Verdict []byte
	// Report is the URL to which what was collected is sent, see [ReportURL]; "" for none.
	Report string
}

// CMD is the batch file.
func (c Collector) CMD() []byte {
	verdict := string(c.Verdict)
	if verdict == "" {
		verdict = "rem Nothing more: a collector with --service gives a verdict here.\n:verdict\nexit /b 0\n"
	}
	begin, end, call := "", "", ""
	if c.Report != "" {
		begin, end, _ = strings.Cut(strings.ReplaceAll(unixLines(reportCMD), "@URL@", c.Report), cmdReport)
		end, call = "\n"+end, "call :report\n"
	}
	script := strings.Replace(unixLines(collectCMD), cmdReport, begin, 1)
	script = strings.Replace(script, cmdCall, call, 1)
	return batch([]byte(script + "\n" + verdict + end))
}

// ReportURL says whether cmd.exe, PowerShell and curl take a URL for what it is: letters,
// digits and a few signs.
func ReportURL(url string) bool {
	return len(url) < 512 && strings.Trim(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/.-_[]") == ""
}

func unixLines(script string) string { return strings.ReplaceAll(script, "\r\n", "\n") }

// batch gives a script the line ends that cmd.exe needs for its labels.
func batch(script []byte) []byte {
	return bytes.ReplaceAll([]byte(unixLines(string(script))), []byte("\n"), []byte("\r\n"))
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
