// Package winreg speaks the Windows Remote Registry Protocol (MS-RRP) over a
// pipe that somebody else has opened.
package winreg

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// Handle is an open key on the server.
type Handle [20]byte

// Access rights to a key (MS-RRP 2.2.3). view64 is what a 32-bit program on the
// other side would not get by itself; it changes nothing on a 32-bit Windows. A
// server that is no Windows may take it for a right that the account lacks.
const (
	view64     = 0x0100
	accessRead = 0x20019
	accessSet  = 0x0002 | accessRead
	accessMake = 0x0004 | accessRead
)

// Numbers of the calls (MS-RRP 3.1.5).
const (
	opOpenLocalMachine = 2
	opCloseKey         = 5
	opCreateKey        = 6
	opDeleteKey        = 7
	opDeleteValue      = 8
	opEnumKey          = 9
	opEnumValue        = 10
	opOpenKey          = 15
	opQueryInfoKey     = 16
	opQueryValue       = 17
	opSetValue         = 22
)

// Sizes with which values are asked for.
const (
	// firstData is enough for all but rare values; maxData is the largest value
	// that is read, the most that Windows recommends to store in the registry.
	firstData = 1 << 16
	maxData   = 1 << 20
	// nameRoom holds the longest value name, 16,383 characters and a NUL;
	// keyRoom the longest name of a key, 255 and a NUL.
	nameRoom = 2 * 16384
	keyRoom  = 2 * 256
)

// client makes calls over a pipe, one at a time.
type client struct {
	in   *bufio.Reader
	out  io.Writer
	call uint32
	size int    // the largest fragment that the server takes
	view uint32 // what is added to the rights: view64, or 0 if the server does not know it
}

// bind begins the conversation.
func bind(pipe io.ReadWriter) (*client, error) {
	// A pipe gives one message for one read and fails if the buffer is too small for
	// it, so the reads are larger than any fragment.
	c := &client{in: bufio.NewReaderSize(pipe, 4*fragment), out: pipe, call: 1}
	if _, err := pipe.Write(bindRequest(c.call)); err != nil {
		return nil, err
	}
	answer, err := readPDU(c.in)
	if err != nil {
		return nil, err
	}
	c.size, err = readBind(answer)
	return c, err
}

// do makes a call and gives the answer without the error code at its end.
func (c *client) do(opnum uint16, args []byte) (decoder, error) {
	c.call++
	for _, part := range requests(c.call, opnum, args, c.size) {
		if _, err := c.out.Write(part); err != nil {
			return decoder{}, err
		}
	}
	reply, err := readReply(c.in, c.call)
	if err != nil {
		return decoder{}, err
	}
	return split(reply)
}

// split parts an answer from the error code that every call ends with.
func split(reply []byte) (decoder, error) {
	if len(reply) < 4 {
		return decoder{}, errShort
	}
	end := len(reply) - 4
	if code := Code(binary.LittleEndian.Uint32(reply[end:])); code != 0 {
		return decoder{}, code
	}
	return decoder{b: reply[:end]}, nil
}

func (c *client) openLocalMachine() (Handle, error) {
	open := func(view uint32) (Handle, error) {
		c.view = view
		e := encoder{}
		e.null()
		e.u32(accessRead | view)
		return c.handle(opOpenLocalMachine, e)
	}
	h, err := open(view64)
	if errors.Is(err, registry.ErrDenied) {
		return open(0)
	}
	return h, err
}

// handle makes a call whose answer begins with a handle.
func (c *client) handle(opnum uint16, e encoder) (Handle, error) {
	d, err := c.do(opnum, e.b)
	if err != nil {
		return Handle{}, err
	}
	return d.handle(), d.err
}

func (c *client) openKey(parent Handle, path string, access uint32) (Handle, error) {
	e := encoder{}
	e.handle(parent)
	e.text(path)
	e.u32(0)
	e.u32(access | c.view)
	return c.handle(opOpenKey, e)
}

func (c *client) closeKey(h Handle) error {
	e := encoder{}
	e.handle(h)
	_, err := c.do(opCloseKey, e.b)
	return err
}

// createKey makes a key directly below an open one, or opens it if it already
// exists; created tells which.
func (c *client) createKey(parent Handle, name string) (h Handle, created bool, err error) {
	e := encoder{}
	e.handle(parent)
	e.text(name)
	e.room(0) // no class
	e.u32(0)
	e.u32(accessRead | c.view)
	e.null() // the security of the parent
	e.number(0)
	d, err := c.do(opCreateKey, e.b)
	if err != nil {
		return Handle{}, false, err
	}
	h = d.handle()
	return h, d.number() == 1, d.err // REG_CREATED_NEW_KEY
}

func (c *client) deleteKey(parent Handle, name string) error {
	e := encoder{}
	e.handle(parent)
	e.text(name)
	_, err := c.do(opDeleteKey, e.b)
	return err
}

// value is one value as it comes.
type value struct {
	name string
	kind uint32
	data []byte
}

func (c *client) queryValue(h Handle, name string, size uint32) (value, error) {
	e := encoder{}
	e.handle(h)
	e.text(name)
	e.space(size)
	d, err := c.do(opQueryValue, e.b)
	if err != nil {
		return value{}, err
	}
	return d.value(name)
}

func (c *client) enumValue(h Handle, index, size uint32) (value, error) {
	e := encoder{}
	e.handle(h)
	e.u32(index)
	e.room(nameRoom)
	e.space(size)
	d, err := c.do(opEnumValue, e.b)
	if err != nil {
		return value{}, err
	}
	return d.value(d.text())
}

// value reads type, data, size and length.
func (d *decoder) value(name string) (value, error) {
	v := value{name: name, kind: d.number()}
	v.data = d.bytes()
	if size := d.number(); d.err == nil && size != uint32(len(v.data)) {
		d.fail(message.Error("winreg.value-size", message.Int("size", size), message.Int("found", len(v.data))))
	}
	return v, d.err
}

func (c *client) enumKey(h Handle, index uint32) (string, error) {
	e := encoder{}
	e.handle(h)
	e.u32(index)
	e.room(keyRoom)
	e.pointer() // a class must be asked for, else samba answers error 87
	e.room(0)
	e.pointer()
	e.u32(0) // a time
	e.u32(0)
	d, err := c.do(opEnumKey, e.b)
	if err != nil {
		return "", err
	}
	return d.text(), d.err
}

// count is how many keys and values an open key holds.
func (c *client) count(h Handle) (keys, values uint32, err error) {
	e := encoder{}
	e.handle(h)
	e.room(0)
	d, err := c.do(opQueryInfoKey, e.b)
	if err != nil {
		return 0, 0, err
	}
	d.text()
	keys = d.u32()
	d.u32()
	d.u32()
	return keys, d.u32(), d.err
}

func (c *client) setValue(h Handle, v value) error {
	e := encoder{}
	e.handle(h)
	e.text(v.name)
	e.u32(v.kind)
	e.u32(uint32(len(v.data)))
	e.b = append(e.b, v.data...)
	e.u32(uint32(len(v.data)))
	_, err := c.do(opSetValue, e.b)
	return err
}

func (c *client) deleteValue(h Handle, name string) error {
	e := encoder{}
	e.handle(h)
	e.text(name)
	_, err := c.do(opDeleteValue, e.b)
	return err
}
