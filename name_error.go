package tlsready

import "fmt"

// NameError is a name that the vocabulary does not know.
type NameError struct {
	Kind NameKind
	Name string
}

// NameKind is what a name was to be the name of.
type NameKind string

// The kinds of names, as the text of a NameError is found by them.
const (
	VersionName            NameKind = "version"
	SuiteName              NameKind = "suite"
	GroupName              NameKind = "group"
	SignatureAlgorithmName NameKind = "signature-algorithm"
	AnswerName             NameKind = "answer"
)

// Error says in English what is expected.
func (e *NameError) Error() string {
	expected := map[NameKind]string{
		VersionName:            `not a protocol version such as "TLS 1.2"`,
		SuiteName:              `not a cipher suite such as "TLS_AES_128_GCM_SHA256" or "0x1301"`,
		GroupName:              `not a group such as "secp256r1" or "0x0017"`,
		SignatureAlgorithmName: `not a signature algorithm such as "rsa_pkcs1_sha256" or "0x0401"`,
		AnswerName:             `none of "yes", "no" and "unknown"`,
	}
	return fmt.Sprintf("%q is %s", e.Name, expected[e.Kind])
}
