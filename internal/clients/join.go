package clients

import (
	"cmp"
	"slices"
	"strings"
)

// nowhere is where the rows go of clients whose every cell was lost.
const nowhere = -1

// joined says which rows are one client.
type joined struct {
	into      []int32          // for each row, the row that it becomes a part of, which may be itself
	hello     []bool           // a hello was seen of it
	moved     map[int32]client // rows of names whose addresses other sources have
	behind    map[client]int   // stacks whose hellos were seen behind an address, where there are several
	addresses int
	clients   int
}

// client is the client that a row is of, by its address if that is known.
func (s *Sum) client(j *joined, at int32) client {
	if c, ok := j.moved[at]; ok {
		return c
	}
	return s.rowList.at(at).key.client
}

// join makes one client of what a log alone has of an address and of the one stack whose
// hellos were seen behind it. Behind an address with several it cannot be told whose the
// log's lines are.
func (s *Sum) join() *joined {
	j := &joined{into: make([]int32, s.rowList.n), hello: make([]bool, s.rowList.n), moved: map[int32]client{}}
	for i := range j.into {
		j.into[i] = nowhere
	}
	for i := range int32(s.cellList.n) {
		key := &s.cellList.at(i).key
		j.into[key.row] = key.row
		j.hello[key.row] = j.hello[key.row] || key.hello
	}
	names, hellos := s.names(), s.hellos(j)
	twins := s.twins(j, names)
	for at := range int32(s.rowList.n) {
		r := s.rowList.at(at)
		if j.into[at] == nowhere {
			continue
		}
		if c, ok := names[r.key.client.text]; ok && r.key.client.named {
			j.moved[at] = c
		}
		with, ok := hellos[placeOf(s.client(j, at), r)]
		if ok = ok && with != several && !j.hello[at]; !ok {
			with, ok = twins[at]
		}
		if ok {
			j.into[at] = with
			s.rowList.at(with).merge(r)
			continue
		}
		j.clients++
	}
	s.countBehind(j)
	return j
}

// twins are, for rows of names whose addresses are known, the rows of these addresses that
// are otherwise alike.
func (s *Sum) twins(j *joined, names map[int32]client) map[int32]int32 {
	if len(names) == 0 {
		return nil
	}
	first, twins := map[rowKey]int32{}, map[int32]int32{}
	for _, moved := range []bool{false, true} { // those that have the address themselves come first
		for at := range int32(s.rowList.n) {
			key := s.rowList.at(at).key
			to, ok := names[key.client.text]
			if ok = ok && key.client.named; ok != moved || j.into[at] == nowhere {
				continue
			}
			if moved {
				key.client = to
			}
			if have, ok := first[key]; ok {
				twins[at] = have
			} else {
				first[key] = at
			}
		}
	}
	return twins
}

// place is where the clients of an owner are.
type place struct {
	client      client
	owner, mail int32
}

func placeOf(c client, r *row) place { return place{c, r.key.owner, r.key.mail} }

// several stands for rows of which no one can be told.
const several = -1

// hellos are the rows of which hellos were seen, by their places.
func (s *Sum) hellos(j *joined) map[place]int32 {
	rows := map[place]int32{}
	for i := range int32(s.rowList.n) {
		if !j.hello[i] {
			continue
		}
		r := s.rowList.at(i)
		at := placeOf(r.key.client, r)
		if _, ok := rows[at]; ok {
			rows[at] = several
		} else {
			rows[at] = i
		}
	}
	return rows
}

// names are the addresses of machines of which a source gave name and address together,
// if that is one address, by the numbers of the names that stand without an address. One
// source may name a machine with its domain, another without: the events of Windows do
// the former, a computer name is the latter. They are the same if no other can be meant.
func (s *Sum) names() map[int32]client {
	known := machines{at: map[string]client{}, several: map[string]bool{}, full: map[string]string{}}
	for i := range int32(s.rowList.n) {
		r := s.rowList.at(i)
		if r.key.client.named {
			known.meet(s.texts.list[r.key.client.text])
		} else if r.name != "" {
			known.meet(strings.ToLower(r.name))
			known.add(strings.ToLower(r.name), r.key.client)
		}
	}
	found := map[int32]client{}
	for i := range int32(s.rowList.n) {
		if c := s.rowList.at(i).key.client; c.named {
			if to, ok := known.find(s.texts.list[c.text]); ok {
				found[c.text] = to
			}
		}
	}
	return found
}

// machines are the names of machines, in lower case, and their addresses.
type machines struct {
	at      map[string]client
	several map[string]bool   // names of which there is more than one address
	full    map[string]string // by computer name, the one name with a domain; "" if there are several
}

// meet takes note of a name that occurs.
func (m *machines) meet(name string) {
	label, _, dotted := strings.Cut(name, ".")
	if have, ok := m.full[label]; dotted && ok && have != name {
		m.full[label] = ""
	} else if dotted {
		m.full[label] = name
	}
}

func (m *machines) add(name string, at client) {
	if have, ok := m.at[name]; ok && have != at {
		m.several[name] = true
	}
	m.at[name] = at
}

// find is the one address of a machine; false if it has none or several, or if it is not
// sure which machine is meant.
func (m *machines) find(name string) (client, bool) {
	label, _, dotted := strings.Cut(name, ".")
	if _, ok := m.at[name]; !ok {
		full := m.full[label]
		switch {
		case full == "":
			return client{}, false
		case dotted:
			name = label
		default:
			name = full
		}
	}
	c, ok := m.at[name]
	return c, ok && !m.several[name]
}

// countBehind counts the addresses, and the stacks whose hellos were seen behind each.
func (s *Sum) countBehind(j *joined) {
	type seen struct {
		client client
		stack  string
	}
	list := make([]seen, 0, j.clients)
	for i := range int32(s.rowList.n) {
		if j.into[i] != i {
			continue
		}
		r := s.rowList.at(i)
		one := seen{client: s.client(j, i)}
		if stack := s.texts.list[r.key.stack]; j.hello[i] || stack != "" {
			one.stack = "by " + cmp.Or(stack, r.ja4)
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b seen) int { return cmp.Or(a.client.compare(b.client), strings.Compare(a.stack, b.stack)) })
	for i, one := range list {
		if i == 0 || list[i-1].client != one.client {
			j.addresses++
		}
		if i > 0 && list[i-1].client == one.client && list[i-1].stack != one.stack && list[i-1].stack != "" {
			if j.behind == nil {
				j.behind = map[client]int{}
			}
			j.behind[one.client] = max(j.behind[one.client], 1) + 1
		}
	}
}

func (c client) compare(o client) int {
	if n := slices.Compare(c.address[:], o.address[:]); n != 0 || c == o {
		return n
	}
	if c.named != o.named {
		if o.named {
			return -1
		}
		return 1
	}
	return cmp.Compare(c.text, o.text)
}
