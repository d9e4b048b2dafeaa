package disk

import "tlsready/internal/message"

// The causes that callers tell apart.
var (
	// ErrCut: bytes that the image refers to lie past its end.
	ErrCut error = message.Error("disk.cut")
	// ErrDamaged: the image contradicts itself or its format.
	ErrDamaged error = message.Error("disk.damaged")
	// ErrUnsupported: the image uses a feature that is not read.
	ErrUnsupported error = message.Error("disk.unsupported")
	// ErrParent: a file that the image builds on is missing or another one.
	ErrParent error = message.Error("disk.incomplete")
)

const (
	hintCopy     = "disk.hint.copy"
	hintConvert  = "disk.hint.convert"
	hintSnapshot = "disk.hint.snapshot"
)

func damaged(path, id string, args ...message.Arg) *message.Problem {
	return message.Because(ErrDamaged, id, args...).At(path).Hinted(hintCopy)
}

// unsupported says that an image is of a kind that is not read; hint is "" if
// nothing helps.
func unsupported(path, hint, id string, args ...message.Arg) *message.Problem {
	p := &message.Problem{Where: path, What: message.New(id, args...), Err: ErrUnsupported}
	if hint != "" {
		p.Hint = message.New(hint)
	}
	return p
}

func cut(path string, off int64, n int, size int64) *message.Problem {
	return message.Because(ErrCut, "disk.cut-at", message.Int("size", size), message.Int("count", n), message.Hex("offset", off)).At(path).Hinted(hintCopy)
}
