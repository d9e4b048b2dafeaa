package files

import (
	"bytes"
	_ "embed"
)

//go:embed collector/collect.cmd
var collectCMD []byte

// CollectorCMD is the collector script for machines that cannot be reached: a
// batch file, with the line ends that cmd.exe needs for its labels. Its output is
// what the kind "collected" reads.
func CollectorCMD() []byte {
	unix := bytes.ReplaceAll(collectCMD, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(unix, []byte("\n"), []byte("\r\n"))
}
