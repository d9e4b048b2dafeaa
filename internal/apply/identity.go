package apply

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// Identity says which machine a registry belongs to, however it was reached.
type Identity struct {
	Computer string `json:"computer,omitempty"` // its NetBIOS name; "" if not known
	// ID is a digest of the MachineGuid that Windows' setup draws at random; "" if
	// that is not known. Copies of one disk image may share it.
	ID string `json:"id,omitempty"`
}

const (
	guidKey      = `HKLM\SOFTWARE\Microsoft\Cryptography`
	guidName     = "MachineGuid"
	computerKey  = `HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName`
	computerName = "ComputerName"
)

// identify reads who the machine is. What cannot be read is not known.
func identify(ctx context.Context, r registry.Reader) Identity {
	who := Identity{Computer: textOf(ctx, r, computerKey, computerName)}
	if guid := textOf(ctx, r, guidKey, guidName); guid != "" {
		sum := sha256.Sum256([]byte(strings.ToLower(guid)))
		who.ID = hex.EncodeToString(sum[:16])
	}
	return who
}

func textOf(ctx context.Context, r registry.Reader, key, name string) string {
	v, err := registry.Find(ctx, r, key, name)
	if err != nil || v == nil {
		return ""
	}
	return v.Data().Text
}

// OtherMachineError says that an undo file belongs to another machine. Nothing was
// changed.
type OtherMachineError struct{ Want, Found Identity }

// Error says in English which machine was expected.
func (e *OtherMachineError) Error() string { return message.English(e.Text()) }

// Text says which machine was expected.
func (e *OtherMachineError) Text() message.Text {
	if !strings.EqualFold(e.Want.Computer, e.Found.Computer) {
		return message.New("changing.other-computer", message.Str("want", e.Want.Computer), message.Str("found", e.Found.Computer))
	}
	return message.New("changing.other-machine", message.Str("computer", e.Found.Computer))
}

// belongs holds a machine to the one that a file was written for. renamed takes a
// machine under a new name that is known to be the same.
func (f *File) belongs(found Identity, renamed bool) error {
	want := f.Machine
	sameName := want.Computer == "" || found.Computer == "" || strings.EqualFold(want.Computer, found.Computer)
	sameID := want.ID == "" || found.ID == "" || want.ID == found.ID
	proven := want.ID != "" && want.ID == found.ID
	if sameID && (sameName && !renamed || renamed && proven) {
		return nil
	}
	return &OtherMachineError{want, found}
}
