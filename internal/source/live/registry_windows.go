package live

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	winreg "golang.org/x/sys/windows/registry"

	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// maxValue bounds one value. Windows itself advises to keep more than 2 KiB in
// files; the largest that matter here, certificate blobs, have some kilobytes.
const maxValue = 16 << 20

// view is the 64-bit view, in which the 32-bit one shows as Wow6432Node; the
// flag has no effect on a 32-bit system (Microsoft, "Registry Key Security and
// Access Rights").
const view = winreg.WOW64_64KEY

// Open gives the registry of this machine. What the account may not do fails
// when it is tried.
func Open() (registry.Writer, error) { return local{}, nil }

// local is the registry of this machine. It holds nothing open.
type local struct{}

func roots() map[string]winreg.Key {
	return map[string]winreg.Key{
		"HKLM": winreg.LOCAL_MACHINE, "HKCU": winreg.CURRENT_USER, "HKU": winreg.USERS,
		"HKCR": winreg.CLASSES_ROOT, "HKCC": winreg.CURRENT_CONFIG,
	}
}

// with opens a key for the time of a call.
func with(ctx context.Context, key string, access uint32, do func(winreg.Key) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, path, _ := strings.Cut(key, `\`)
	root, ok := roots()[strings.ToUpper(name)]
	if !ok {
		return message.Error("live.no-root", message.Str("key", key), message.Quote("name", name))
	}
	k, err := winreg.OpenKey(root, path, access|view)
	if err != nil {
		return wrap(key, err)
	}
	defer func() { _ = k.Close() }()
	return wrap(key, do(k))
}

// wrap names the key and turns what Windows says into the errors of the
// interface.
func wrap(key string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, windows.ERROR_FILE_NOT_FOUND), errors.Is(err, windows.ERROR_PATH_NOT_FOUND), errors.Is(err, windows.ERROR_KEY_DELETED):
		return message.At(key, registry.ErrNotExist)
	case errors.Is(err, windows.ERROR_ACCESS_DENIED), errors.Is(err, windows.ERROR_PRIVILEGE_NOT_HELD):
		return message.At(key, registry.ErrDenied)
	}
	return message.At(key, err)
}

// Values lists the values of a key. One that goes while they are listed is left
// out.
func (local) Values(ctx context.Context, key string) (list []registry.Value, err error) {
	err = with(ctx, key, winreg.QUERY_VALUE, func(k winreg.Key) error {
		names, err := k.ReadValueNames(0)
		if err != nil {
			return err
		}
		for _, name := range names {
			v, err := value(k, name)
			if errors.Is(err, winreg.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	return list, err
}

// Value reads one value.
func (local) Value(ctx context.Context, key, name string) (v registry.Value, err error) {
	err = with(ctx, key, winreg.QUERY_VALUE, func(k winreg.Key) error {
		v, err = value(k, name)
		return err
	})
	return v, err
}

// firstGuess is enough for nearly all values.
const firstGuess = 512

// value reads type and bytes; the value may grow meanwhile.
func value(k winreg.Key, name string) (registry.Value, error) {
	for buf := make([]byte, firstGuess); ; {
		n, number, err := k.GetValue(name, buf)
		switch {
		case err == nil:
			return registry.Value{Name: name, Type: number, Bytes: buf[:n:n]}, nil
		case !errors.Is(err, winreg.ErrShortBuffer):
			return registry.Value{}, err
		case n > maxValue:
			return registry.Value{}, message.Error("live.value-size", message.Quote("name", name), message.Int("size", n), message.Int("limit", maxValue))
		}
		buf = make([]byte, max(n, 2*len(buf)))
	}
}

// Subkeys lists the keys directly below a key.
func (local) Subkeys(ctx context.Context, key string) (names []string, err error) {
	err = with(ctx, key, winreg.ENUMERATE_SUB_KEYS, func(k winreg.Key) error {
		names, err = k.ReadSubKeyNames(0)
		return err
	})
	return names, err
}

// The calls that the library does not export with all their arguments.
var (
	advapi         = windows.NewLazySystemDLL("advapi32.dll")
	regSetValueEx  = advapi.NewProc("RegSetValueExW")
	regDeleteKeyEx = advapi.NewProc("RegDeleteKeyExW")
)

// Set writes a value of any type.
func (local) Set(ctx context.Context, key string, v registry.Value) error {
	name, err := windows.UTF16PtrFromString(v.Name)
	if err != nil {
		return message.Error("live.value", message.Str("key", key), message.Quote("name", v.Name), message.Cause("why", err))
	}
	// Windows looks past the end of text that lacks its NUL, and if it finds one there
	// counts it in; this makes sure that it finds none.
	raw := append(slices.Clone(v.Bytes), 0xff, 0xff)
	return with(ctx, key, winreg.SET_VALUE, func(k winreg.Key) error {
		status, _, _ := regSetValueEx.Call(uintptr(k), uintptr(unsafe.Pointer(name)), 0, uintptr(v.Type),
			uintptr(unsafe.Pointer(unsafe.SliceData(raw))), uintptr(len(v.Bytes)))
		return code(status)
	})
}

// code is the error of a status, nil for success.
func code(status uintptr) error {
	if status == 0 {
		return nil
	}
	return syscall.Errno(status)
}

// Delete removes a value.
func (local) Delete(ctx context.Context, key, name string) error {
	return with(ctx, key, winreg.SET_VALUE, func(k winreg.Key) error { return k.DeleteValue(name) })
}

// CreateKey makes one key.
func (local) CreateKey(ctx context.Context, key string) error {
	parent := registry.Parent(key)
	if parent == "" {
		return message.Error("live.no-key", message.Str("key", key))
	}
	return with(ctx, parent, winreg.CREATE_SUB_KEY, func(k winreg.Key) error {
		made, existed, err := winreg.CreateKey(k, key[len(parent)+1:], winreg.QUERY_VALUE|view)
		if err != nil {
			return err
		}
		if existed {
			err = registry.ErrExist
		}
		return errors.Join(err, made.Close())
	})
}

// DeleteKey removes an empty key. Windows by itself refuses only if there are keys
// below it.
func (l local) DeleteKey(ctx context.Context, key string) error {
	err := with(ctx, key, winreg.QUERY_VALUE|winreg.ENUMERATE_SUB_KEYS, func(k winreg.Key) error {
		info, err := k.Stat()
		if err == nil && info.SubKeyCount+info.ValueCount > 0 {
			err = registry.ErrNotEmpty
		}
		return err
	})
	if err != nil {
		return err
	}
	parent := registry.Parent(key)
	if parent == "" {
		return message.Error("live.no-key", message.Str("key", key))
	}
	name, err := windows.UTF16PtrFromString(key[len(parent)+1:])
	if err != nil {
		return message.At(key, err)
	}
	return with(ctx, parent, winreg.QUERY_VALUE, func(k winreg.Key) error {
		status, _, _ := regDeleteKeyEx.Call(uintptr(k), uintptr(unsafe.Pointer(name)), uintptr(view), 0)
		return code(status)
	})
}
