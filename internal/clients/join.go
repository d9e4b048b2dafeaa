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
	for at := range int32(s.rowList.n) {
		r := s.rowList.at(at)
		if j.into[at] == nowhere {
			continue
		}
		if c, ok := names[r.key.client.text]; ok && r.key.client.named {
			j.moved[at] = c
		}
		if with, ok := hellos[placeOf(s.client(j, at), r)]; ok && with != several && !j.hello[at] {
			j.into[at] = with
			s.rowList.at(with).merge(r)
			continue
		}
		j.clients++
	}
	s.countBehind(j)
	return j
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
// if that is one address, by the numbers of their names.
func (s *Sum) names() map[int32]client {
	found, several := map[int32]client{}, map[int32]bool{}
	for i := range int32(s.rowList.n) {
		r := s.rowList.at(i)
		name, ok := s.texts.find(strings.ToLower(r.name))
		if !ok || r.name == "" || r.key.client.named {
			continue
		}
		if have, ok := found[name]; ok && have != r.key.client {
			several[name] = true
		}
		found[name] = r.key.client
	}
	for name := range several {
		delete(found, name)
	}
	return found
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
