package hive

import (
	"encoding/binary"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regdata"
)

// Offsets in a value record (vk) and its flags.
const (
	valueNameLength = 2
	valueSize       = 4
	valueData       = 8
	valueType       = 12
	valueFlags      = 16
	valueName       = 20
	valueLatinName  = 1
	valueTombstone  = 2 // marks a deletion in a layered hive
	inlineData      = 1 << 31
)

// segmentSize is how much one part of big data holds; longer data are split
// if the format's minor version is above 3.
const segmentSize = 16344

// Value is one value of a key. The name of the default value is "".
type Value struct {
	Name string
	host.Data
}

// record is a value record that has been checked.
type record struct {
	at   uint32
	cell []byte
}

func (r record) rawName() []byte {
	return r.cell[valueName : valueName+int(binary.LittleEndian.Uint16(r.cell[valueNameLength:]))]
}

func (r record) flags() uint16 { return binary.LittleEndian.Uint16(r.cell[valueFlags:]) }
func (r record) latin() bool   { return r.flags()&valueLatinName != 0 }

// records reads the key's list of values, without the data.
func (k *Key) records() ([]record, error) {
	n := k.u32(keyValues)
	if n == 0 || n == none {
		return nil, k.unlistedValues()
	}
	if int64(n)*4 > int64(len(k.hive.bins)) {
		return nil, damage(k.at, "hive.values-many", message.Int("count", n))
	}
	c, err := k.hive.cell(k.u32(keyValueList), int(n)*4)
	if err != nil {
		return nil, err
	}
	if err := k.hive.spend(k.at, int(n)*valueName); err != nil {
		return nil, err
	}
	list := part{entries: c[:n*4], step: 4}.offsets()
	records := make([]record, 0, n)
	for _, at := range list {
		r, err := k.hive.record(at)
		if err != nil {
			return nil, err
		}
		if r.flags()&valueTombstone == 0 {
			records = append(records, r)
		}
	}
	if twice, ok := repeatedOffset(list); ok {
		return nil, damage(twice, "hive.value-twice")
	}
	return records, nil
}

// unlistedValues says whether a key without values has a list of some all the same,
// as unlisted does for keys.
func (k *Key) unlistedValues() error {
	at := k.u32(keyValueList)
	if at == none || at == 0 {
		return nil
	}
	c, err := k.hive.cell(at, 4)
	if err != nil {
		return nil // it points to no cell: there is no list
	}
	if _, err := k.hive.record(binary.LittleEndian.Uint32(c)); err != nil {
		return nil // what stands there is no list of values
	}
	return damage(k.at, "hive.values-count")
}

func (h *Hive) record(at uint32) (record, error) {
	c, err := h.cell(at, valueName)
	if err != nil {
		return record{}, err
	}
	switch {
	case c[0] != 'v' || c[1] != 'k':
		return record{}, damage(at, "hive.no-value")
	case valueName+int(binary.LittleEndian.Uint16(c[valueNameLength:])) > len(c):
		return record{}, damage(at, "hive.value-name")
	}
	return record{at, c}, nil
}

// Values lists the key's values, in the order of the hive.
func (k *Key) Values() ([]Value, error) {
	records, err := k.records()
	if err != nil {
		return nil, err
	}
	values := make([]Value, len(records))
	for i, r := range records {
		data, err := k.hive.data(r)
		if err != nil {
			return nil, err
		}
		values[i] = Value{Name: text(r.rawName(), r.latin()), Data: data}
	}
	return values, nil
}

// Value finds a value by its name, without regard to case; "" is the default
// value. False means that it is absent.
func (k *Key) Value(name string) (host.Data, bool, error) {
	records, err := k.records()
	if err != nil {
		return host.Data{}, false, err
	}
	for _, r := range records {
		if sameName(r.rawName(), r.latin(), name) {
			data, err := k.hive.data(r)
			return data, err == nil, err
		}
	}
	return host.Data{}, false, nil
}

// data reads and types the content of a value.
func (h *Hive) data(r record) (host.Data, error) {
	size := binary.LittleEndian.Uint32(r.cell[valueSize:])
	number := binary.LittleEndian.Uint32(r.cell[valueType:])
	if size&inlineData != 0 {
		if size &^= inlineData; size > 4 {
			return host.Data{}, damage(r.at, "hive.value-inline", message.Int("size", size))
		}
		return regdata.Decode(number, r.cell[valueData:valueData+size]), nil
	}
	if int64(size) > int64(len(h.bins)) {
		return host.Data{}, damage(r.at, "hive.value-size", message.Int("size", size))
	}
	if err := h.spend(r.at, int(size)); err != nil {
		return host.Data{}, err
	}
	raw, err := h.content(r, int(size))
	if err != nil {
		return host.Data{}, err
	}
	return regdata.Decode(number, raw), nil
}

func (h *Hive) content(r record, size int) ([]byte, error) {
	at := binary.LittleEndian.Uint32(r.cell[valueData:])
	switch {
	case size == 0:
		return nil, nil
	case size > segmentSize && h.minor > 3:
		return h.bigData(at, size)
	}
	c, err := h.cell(at, size)
	if err != nil {
		return nil, err
	}
	return c[:size], nil
}

// bigData joins the parts that a db record lists.
func (h *Hive) bigData(at uint32, size int) ([]byte, error) {
	db, err := h.cell(at, 8)
	if err != nil {
		return nil, err
	}
	n := int(binary.LittleEndian.Uint16(db[2:]))
	if string(db[:2]) != "db" && len(db) >= size {
		return db[:size], nil // hivex writes long data into one cell in every version
	}
	if string(db[:2]) != "db" || n != (size+segmentSize-1)/segmentSize {
		return nil, damage(at, "hive.no-big-data", message.Int("size", size))
	}
	list, err := h.cell(binary.LittleEndian.Uint32(db[4:]), 4*n)
	if err != nil {
		return nil, err
	}
	raw := make([]byte, 0, size)
	for i := range n {
		need := min(segmentSize, size-len(raw))
		c, err := h.cell(binary.LittleEndian.Uint32(list[4*i:]), need)
		if err != nil {
			return nil, err
		}
		raw = append(raw, c[:need]...)
	}
	return raw, nil
}
