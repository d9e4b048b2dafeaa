// Package image holds the tests that make disk images with qemu-img, parted and
// ntfs-3g and read them.
package image
