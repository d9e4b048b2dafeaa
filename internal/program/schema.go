package program

// Metadata tables that are read here (ECMA-335, II.22).
const (
	tModule          = 0x00
	tTypeRef         = 0x01
	tTypeDef         = 0x02
	tField           = 0x04
	tMethodDef       = 0x06
	tMemberRef       = 0x0a
	tCustomAttribute = 0x0c
	tModuleRef       = 0x1a
	tTypeSpec        = 0x1b
	tAssembly        = 0x20
	tAssemblyRef     = 0x23
	tableCount       = 0x2d
)

// column is one column of a metadata table: a number of 2 or 4 bytes, an index
// into a heap, into a table, or into one of several tables.
type column struct {
	fixed  int    // bytes, or 0
	heap   byte   // 'S' strings, 'G' guids, 'B' blobs, or 0
	tables []byte // what it may point into
	tag    int    // bits that say which table
}

const none = 0xff // a tag value that stands for no table

// schema is the layout of all tables (ECMA-335, II.22; the coded indexes are
// those of II.24.2.6).
func schema() [tableCount][]column {
	n2, n4 := column{fixed: 2}, column{fixed: 4}
	s, g, b := column{heap: 'S'}, column{heap: 'G'}, column{heap: 'B'}
	to := func(table byte) column { return column{tables: []byte{table}} }
	coded := func(tag int, tables ...byte) column { return column{tables: tables, tag: tag} }
	typeDefOrRef := coded(2, tTypeDef, tTypeRef, tTypeSpec)
	hasConstant := coded(2, tField, 0x08, 0x17)
	hasAttribute := coded(5, tMethodDef, tField, tTypeRef, tTypeDef, 0x08, 0x09, tMemberRef, tModule, 0x0e, 0x17, 0x14, 0x11,
		tModuleRef, tTypeSpec, tAssembly, tAssemblyRef, 0x26, 0x27, 0x28, 0x2a, 0x2c, 0x2b)
	memberParent := coded(3, tTypeDef, tTypeRef, tModuleRef, tMethodDef, tTypeSpec)
	methodDefOrRef := coded(1, tMethodDef, tMemberRef)
	implementation := coded(2, 0x26, tAssemblyRef, 0x27)
	scope := coded(2, tModule, tModuleRef, tAssemblyRef, tTypeRef)
	return [tableCount][]column{
		tModule:          {n2, s, g, g, g},
		tTypeRef:         {scope, s, s},
		tTypeDef:         {n4, s, s, typeDefOrRef, to(tField), to(tMethodDef)},
		0x03:             {to(tField)},
		tField:           {n2, s, b},
		0x05:             {to(tMethodDef)},
		tMethodDef:       {n4, n2, n2, s, b, to(0x08)},
		0x07:             {to(0x08)},
		0x08:             {n2, n2, s},
		0x09:             {to(tTypeDef), typeDefOrRef},
		tMemberRef:       {memberParent, s, b},
		0x0b:             {n2, hasConstant, b},
		tCustomAttribute: {hasAttribute, coded(3, none, none, tMethodDef, tMemberRef, none), b},
		0x0d:             {coded(1, tField, 0x08), b},
		0x0e:             {n2, coded(2, tTypeDef, tMethodDef, tAssembly), b},
		0x0f:             {n2, n4, to(tTypeDef)},
		0x10:             {n4, to(tField)},
		0x11:             {b},
		0x12:             {to(tTypeDef), to(0x14)},
		0x13:             {to(0x14)},
		0x14:             {n2, s, typeDefOrRef},
		0x15:             {to(tTypeDef), to(0x17)},
		0x16:             {to(0x17)},
		0x17:             {n2, s, b},
		0x18:             {n2, to(tMethodDef), coded(1, 0x14, 0x17)},
		0x19:             {to(tTypeDef), methodDefOrRef, methodDefOrRef},
		tModuleRef:       {s},
		tTypeSpec:        {b},
		0x1c:             {n2, coded(1, tField, tMethodDef), s, to(tModuleRef)},
		0x1d:             {n4, to(tField)},
		0x1e:             {n4, n4},
		0x1f:             {n4},
		tAssembly:        {n4, n2, n2, n2, n2, n4, b, s, s},
		0x21:             {n4},
		0x22:             {n4, n4, n4},
		tAssemblyRef:     {n2, n2, n2, n2, n4, b, s, s, b},
		0x24:             {n4, to(tAssemblyRef)},
		0x25:             {n4, n4, n4, to(tAssemblyRef)},
		0x26:             {n4, s, b},
		0x27:             {n4, n4, s, s, implementation},
		0x28:             {n4, n4, s, implementation},
		0x29:             {to(tTypeDef), to(tTypeDef)},
		0x2a:             {n2, n2, coded(1, tTypeDef, tMethodDef), s},
		0x2b:             {methodDefOrRef, b},
		0x2c:             {to(0x2a), typeDefOrRef},
	}
}

// width is the size of a column in bytes, given the number of rows of each
// table and which heaps have wide indexes (ECMA-335, II.24.2.6).
func (c column) width(rows *[64]uint32, wide byte) int {
	switch {
	case c.fixed > 0:
		return c.fixed
	case c.heap == 'S':
		return wideIf(wide&1 != 0)
	case c.heap == 'G':
		return wideIf(wide&2 != 0)
	case c.heap == 'B':
		return wideIf(wide&4 != 0)
	}
	for _, t := range c.tables {
		if t != none && rows[t] >= 1<<(16-c.tag) {
			return 4
		}
	}
	return 2
}

func wideIf(wide bool) int {
	if wide {
		return 4
	}
	return 2
}
