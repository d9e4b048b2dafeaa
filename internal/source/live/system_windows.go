package live

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/proxy"
)

// Elevated says whether this process runs with an administrator's full rights.
func Elevated() bool { return windows.GetCurrentProcessToken().IsElevated() }

func computerName() (string, error) {
	name, err := windows.ComputerName()
	if err != nil {
		return "", message.Error("live.computer-name", message.Cause("why", err))
	}
	return name, nil
}

// systemVersion is what RtlGetVersion says: unlike GetVersionEx it does not
// depend on the program's manifest.
func systemVersion() host.OS {
	v := windows.RtlGetVersion()
	return host.OS{
		Version: strconv.Itoa(int(v.MajorVersion)) + "." + strconv.Itoa(int(v.MinorVersion)),
		Build:   int(v.BuildNumber), ServicePack: int(v.ServicePackMajor),
	}
}

func windowsFolder() (string, error) {
	// Not GetWindowsDirectory: on a terminal server that is the user's own folder.
	root, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return "", message.Error("live.windows-folder", message.Cause("why", err))
	}
	return root, nil
}

// fileVersions gives the versions of the files that are there, by their paths
// below the Windows folder. A file without a version is left out.
func fileVersions(paths []string) (map[string]string, error) {
	root, err := windowsFolder()
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for _, path := range paths {
		version, err := fileVersion(filepath.Join(root, path))
		switch {
		case err == nil:
			versions[path] = version
		case errors.Is(err, windows.ERROR_FILE_NOT_FOUND), errors.Is(err, windows.ERROR_PATH_NOT_FOUND), errors.Is(err, errNoVersion):
		default:
			return nil, message.Error("live.file-version", message.Str("path", path), message.Cause("why", err))
		}
	}
	return versions, nil
}

// machineConfigs reads what the machine.config files that are there say about a
// proxy. One that cannot be read is left out: then the accounts' settings are
// looked at, as if it said nothing.
func machineConfigs(paths []string) (*host.Proxy, error) {
	root, err := windowsFolder()
	if err != nil {
		return nil, err
	}
	p := &host.Proxy{MachineConfig: map[string]string{}}
	for _, path := range paths {
		f, err := os.Open(filepath.Join(root, path))
		if err != nil {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(f, proxy.MaxConfig+1))
		_ = f.Close()
		if said, wrong := proxy.ParseConfig(text); err == nil && wrong == nil {
			p.MachineConfig[strings.ToLower(path)] = said
		}
	}
	return p, nil
}

var errNoVersion = message.Error("live.no-version")

// fixedFileInfo marks a VS_FIXEDFILEINFO (verrsrc.h).
const fixedFileInfo = 0xfeef04bd

func fileVersion(path string) (string, error) {
	var unused windows.Handle
	size, err := windows.GetFileVersionInfoSize(path, &unused)
	if errors.Is(err, windows.ERROR_RESOURCE_DATA_NOT_FOUND) || errors.Is(err, windows.ERROR_RESOURCE_TYPE_NOT_FOUND) {
		return "", errNoVersion
	}
	if err != nil {
		return "", err
	}
	block := make([]byte, size)
	if err := windows.GetFileVersionInfo(path, 0, size, unsafe.Pointer(unsafe.SliceData(block))); err != nil {
		return "", err
	}
	var info *windows.VS_FIXEDFILEINFO
	var length uint32
	if err := windows.VerQueryValue(unsafe.Pointer(unsafe.SliceData(block)), `\`, unsafe.Pointer(&info), &length); err != nil {
		return "", err
	}
	if uintptr(length) < unsafe.Sizeof(*info) || info.Signature != fixedFileInfo {
		return "", errNoVersion
	}
	return fmt.Sprintf("%d.%d.%d.%d", info.FileVersionMS>>16, info.FileVersionMS&0xffff, info.FileVersionLS>>16, info.FileVersionLS&0xffff), nil
}
