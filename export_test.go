package tlsready

// Groups are those that have a name, by code.
func Groups() []Group { return codes(groupTable[:]) }

// SignatureSchemes are those that have a name, by code.
func SignatureSchemes() []SignatureScheme { return codes(signatureTable[:]) }

func codes[T ~uint16](table []nameRow[T]) []T {
	all := make([]T, len(table))
	for i, row := range table {
		all[i] = row.code
	}
	return all
}
