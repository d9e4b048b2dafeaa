package image

import (
	"path/filepath"
	"regexp"
	"strings"
)

// Extensions are the endings of image files, which are no part of a host's name.
func Extensions() []string {
	return []string{".vhdx", ".avhdx", ".vhd", ".avhd", ".vmdk", ".qcow2", ".qcow", ".img", ".raw", ".dd", ".vdi", ".e01"}
}

// Sniff says whether a file is meant as a disk image, by its first bytes (at
// least 1 KB if it has that many) and its name. The extents of a VMDK are not:
// their descriptor is.
func Sniff(head []byte, name string) bool {
	at := func(off int, magic string) bool {
		return len(head) >= off+len(magic) && string(head[off:off+len(magic)]) == magic
	}
	low := strings.ToLower(filepath.Base(name))
	if extent.MatchString(low) {
		return false
	}
	for _, magic := range []string{"QFI\xfb", "vhdxfile", "conectix", "KDMV", "COWD", "# Disk DescriptorFile", "EVF\x09", "MSWIM\x00"} {
		if at(0, magic) {
			return true
		}
	}
	switch {
	case at(3, "NTFS    "), at(3, "-FVE-FS-"), at(0x40, "\x7f\x10\xda\xbe"), at(512, "EFI PART"):
		return true
	}
	switch ext := filepath.Ext(low); ext {
	case ".vhd", ".avhd", ".vhdx", ".avhdx", ".vmdk", ".qcow2", ".vdi":
		return true
	case ".img", ".raw", ".dd", ".qcow", ".e01", "":
		return at(510, "\x55\xaa") || at(512, "LABELONE") || at(0, "LUKS\xba\xbe")
	}
	return false
}

// extent matches fs01-flat.vmdk, fs01-s001.vmdk, fs01-f001.vmdk,
// fs01-000001-delta.vmdk.
var extent = regexp.MustCompile(`-(flat|delta|sesparse|ctk|[sf]\d{3})\.vmdk$`)
