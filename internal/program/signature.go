package program

// maxTypeDepth bounds nested types in a signature; compilers stay far below it.
const maxTypeDepth = 32

// maxParams bounds the parameters of a method (the CLR itself takes 16 bits; no
// method that matters here has more).
const maxParams = 256

// Enumerations that hold TLS versions.
const (
	securityProtocolType = "System.Net.SecurityProtocolType"
	sslProtocols         = "System.Security.Authentication.SslProtocols"
)

// method is what a call does to the evaluation stack, and which of its
// parameters are TLS versions.
type method struct {
	hasThis bool
	params  int
	returns bool
	tls     []int  // indexes of parameters that are enumerations of TLS versions
	current bool   // returns one of these enumerations: the setting in force
	name    string // "System.Net.ServicePointManager.set_SecurityProtocol"
}

// sigReader reads a signature blob (ECMA-335, II.23.2).
type sigReader struct {
	m   *metadata
	b   []byte
	bad bool
}

func (r *sigReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *sigReader) number() uint32 {
	n, rest, ok := compressed(r.b)
	if !ok {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = rest
	return n
}

// methodSig reads a method's signature; ok is false if it is damaged.
func (m *metadata) methodSig(blob []byte) (sig method, ok bool) {
	r := &sigReader{m: m, b: blob}
	r.method(&sig, 0)
	return sig, !r.bad
}

func (r *sigReader) method(sig *method, depth int) {
	convention := r.byte()
	sig.hasThis = convention&0x20 != 0 && convention&0x40 == 0
	if convention&0x10 != 0 {
		r.number() // generic parameters
	}
	n := r.number()
	if n > maxParams {
		r.bad = true
		return
	}
	sig.params = int(n)
	void, name := r.typ(depth)
	sig.returns, sig.current = !void, isTLSEnum(name)
	for i := 0; i < sig.params && !r.bad; i++ {
		if _, name := r.typ(depth); isTLSEnum(name) {
			sig.tls = append(sig.tls, i)
		}
	}
}

func isTLSEnum(name string) bool { return name == securityProtocolType || name == sslProtocols }

// typ skips one type and says whether it is void, and its name if it is a value
// type.
func (r *sigReader) typ(depth int) (void bool, name string) {
	if depth > maxTypeDepth {
		r.bad = true
	}
	for !r.bad {
		switch c := r.byte(); c {
		case 0x1f, 0x20: // custom modifier, before the type itself
			r.number()
			continue
		case 0x41, 0x45, 0x10: // sentinel, pinned, by reference
			continue
		case 0x01:
			return true, ""
		case 0x0f, 0x1d: // pointer, array
			r.typ(depth + 1)
			return false, "" // a pointer to void is no void
		case 0x11:
			return false, r.token()
		case 0x12, 0x13, 0x1e: // class, generic parameters
			r.number()
			return false, ""
		case 0x14:
			r.array(depth)
			return false, ""
		case 0x15:
			r.generic(depth)
			return false, ""
		case 0x1b:
			var inner method
			r.method(&inner, depth+1)
			return false, ""
		default:
			r.bad = r.bad || !(c >= 0x02 && c <= 0x0e || c == 0x16 || c == 0x18 || c == 0x19 || c == 0x1c)
			return false, ""
		}
	}
	return false, ""
}

// token reads a TypeDefOrRef and names the type.
func (r *sigReader) token() string {
	c := column{tables: []byte{tTypeDef, tTypeRef, tTypeSpec}, tag: 2}
	tab, row := c.decode(r.number())
	return r.m.typeName(tab, row)
}

func (r *sigReader) array(depth int) {
	r.typ(depth + 1)
	r.number()
	for range 2 { // sizes, then lower bounds
		for n := r.number(); n > 0 && !r.bad; n-- {
			r.number()
		}
	}
}

func (r *sigReader) generic(depth int) {
	r.byte()
	r.number()
	for n := r.number(); n > 0 && !r.bad; n-- {
		r.typ(depth + 1)
	}
}

// Tokens carry the table in their highest byte (ECMA-335, III.1.9).
func tokenTable(token uint32) byte { return byte(token >> 24) }
func tokenRow(token uint32) uint32 { return token & 0xffffff }

// callee resolves the token of a call.
func (m *metadata) callee(token uint32) (method, bool) {
	tab, row := tokenTable(token), tokenRow(token)
	if tab == 0x2b { // MethodSpec: a generic method with its arguments
		tab, row = m.coded(0x2b, row, 0)
	}
	switch tab {
	case tMemberRef:
		sig, ok := m.methodSig(m.blob(m.cell(tMemberRef, row, 2)))
		parent, owner := m.coded(tMemberRef, row, 0)
		sig.name = m.typeName(parent, owner) + "." + m.text(m.cell(tMemberRef, row, 1))
		return sig, ok
	case tMethodDef:
		sig, ok := m.methodSig(m.blob(m.cell(tMethodDef, row, 4)))
		sig.name = m.methodName(row)
		return sig, ok
	}
	return method{}, false
}
