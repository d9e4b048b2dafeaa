package decide

import (
	"strconv"
	"strings"
	"sync"

	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/stack"
)

// A 32-bit program differs from its 64-bit twin in nothing but the registry view that
// it reads, and a program on 32-bit Windows in nothing from the twin on 64-bit
// Windows: it is compiled once.

// twins keeps what was compiled, by build, kind and stack.
type twins struct {
	mu   sync.Mutex
	done map[string]func() compiled
}

// of compiles a stack, or takes the decision of its twin.
func (t *twins) of(c *compiler, os host.OS, program *caller.Caller, use caller.Use) compiled {
	parsed, _ := use.Parsed()
	applies, decided := use.AppliesTo(os, "")
	if !applies && decided || os.X86() && parsed.Bits == 64 || use.OnlyX86 && !os.X86() {
		return compiled{}
	}
	id := use.Stack
	if use.Update == "" && use.Or == "" && parsed.Wow {
		id = strings.Replace(id, "-x86", "-x64", 1)
	} else if parsed.Wow {
		return c.row(os, program, use)
	}
	os64 := os
	os64.Architecture = "x64"
	key := strings.Join([]string{os.Type, strconv.Itoa(os.Build), id, use.Update, use.Without, use.Or, program.Exe}, "|")
	t.mu.Lock()
	work, ok := t.done[key]
	if !ok {
		work = sync.OnceValue(func() compiled { return c.row(os64, program, twin(use, id, program.Exe)) })
		t.done[key] = work
	}
	t.mu.Unlock()
	one := work()
	if parsed.Wow && !os.X86() {
		return c.inWow(one)
	}
	return one
}

// twin is the use as a 64-bit program has it, on every system.
func twin(use caller.Use, id, exe string) caller.Use {
	if id != use.Stack {
		if c, err := caller.Of(id, id); err == nil {
			return c.At(exe).Stacks[0]
		}
	}
	use.OSBelow, use.OSFrom, use.OnlyX86 = "", "", false
	return use
}

const software = `HKLM\SOFTWARE\`

// wowKey is a key as a 32-bit program sees it on 64-bit Windows.
func wowKey(key, name string) string {
	rest, ok := strings.CutPrefix(key, software)
	if !ok {
		return key
	}
	there := host.NewRef(software+`Wow6432Node\`+rest, name)
	for _, r := range stack.Reads() {
		if r == there {
			return there.Key
		}
	}
	return key
}

// inWow is a decision in the 32-bit view.
func (c *compiler) inWow(one compiled) compiled {
	done := map[*Node]*Node{}
	next := compiled{root: c.nodeInWow(one.root, done)}
	for _, g := range one.guards {
		next.guards = append(next.guards, g.inWow())
	}
	return next
}

func (g Guard) inWow() Guard {
	g.Ref = host.NewRef(wowKey(g.Ref.Key, g.Ref.Name), g.Ref.Name)
	return g
}

func (c *compiler) nodeInWow(n *Node, done map[*Node]*Node) *Node {
	if have, ok := done[n]; ok {
		return have
	}
	next := *n
	switch {
	case n.Answer != nil:
		a := *n.Answer
		a.Changes, a.Holds = nil, nil
		for _, change := range n.Answer.Changes {
			change.Key = wowKey(change.Key, change.Name)
			a.Changes = append(a.Changes, change)
		}
		for _, g := range n.Answer.Holds {
			a.Holds = append(a.Holds, g.inWow())
		}
		next.Answer = &a
	case n.Update != "":
		next.Yes, next.No = c.nodeInWow(n.Yes, done), c.nodeInWow(n.No, done)
	default:
		ref := host.NewRef(wowKey(n.Value.Key, n.Value.Name), n.Value.Name)
		next.Value, next.Next = &ref, nil
		for _, to := range n.Next {
			next.Next = append(next.Next, c.nodeInWow(to, done))
		}
	}
	done[n] = c.intern(&next)
	return done[n]
}
