package winrm

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/cloudsoda/go-smb2"

	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
)

// What NTLM messages ask for (MS-NLMP 2.2.2.5), and where the flags stand in them
// (2.2.1.1 and 2.2.1.3).
const (
	flagSign     = 0x00000010
	flagSeal     = 0x00000020
	flagExtended = 0x00080000
	flag128      = 0x20000000
	flagExchange = 0x40000000
	sealing      = flagSign | flagSeal | flagExtended | flag128 | flagExchange

	negotiateFlagsAt, authenticateFlagsAt = 12, 60
)

// ntlm is one NTLMv2 log-in. The messages are made by the library that logs in
// over SMB, which signs alone: the wish for encryption is added to its first
// message, and looked for in its last.
type ntlm struct{ initiator *smb2.NTLMInitiator }

func newNTLM(t peer.Target, password peer.Secret) *ntlm {
	user, domain := t.User, t.Domain
	if name, realm, ok := strings.Cut(user, "@"); ok && domain == "" {
		user, domain = name, realm // a response is computed with the two apart
	}
	return &ntlm{&smb2.NTLMInitiator{User: user, Domain: domain, Password: password.Reveal(), TargetSPN: "HTTP/" + t.Host}}
}

// negotiate is the first message.
func (n *ntlm) negotiate() ([]byte, error) {
	token, err := n.initiator.InitSecContext()
	if err != nil {
		return nil, err
	}
	if len(token) < negotiateFlagsAt+4 {
		return nil, message.Error("winrm.ntlm-short")
	}
	// The library keeps this very slice for the integrity code of its last message.
	flags := token[negotiateFlagsAt:]
	binary.LittleEndian.PutUint32(flags, binary.LittleEndian.Uint32(flags)|flagSeal)
	return token, nil
}

// authenticate answers the machine's challenge. The library reads some lengths
// unchecked, so a panic inside it is turned into an error here.
func (n *ntlm) authenticate(challenge []byte) (token []byte, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			token, err = nil, message.Error("winrm.ntlm-odd", message.Str("what", fmt.Sprint(failed)))
		}
	}()
	return n.initiator.AcceptSecContext(challenge)
}

// sealer is the encryption that was agreed on in the last message.
func (n *ntlm) sealer(token []byte) (*sealer, error) {
	if len(token) < authenticateFlagsAt+4 || binary.LittleEndian.Uint32(token[authenticateFlagsAt:])&sealing != sealing {
		return nil, message.Error("winrm.ntlm-128")
	}
	return newSealer(n.initiator.SessionKey())
}
