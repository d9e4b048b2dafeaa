package probe

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"sync"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/wire"
)

// keyPair is a key share, and what makes a common secret of it and the server's
// share: that opens the encrypted flight of TLS 1.3.
type keyPair struct {
	public []byte
	// secret is nil for groups that are not worked out here. Their shares are right in
	// form: a server goes on with them, and what it says then stays closed.
	secret func(peer []byte) ([]byte, error)
}

// keys makes key pairs, each when it is first wanted. What they open is public, and is
// read only, so one set serves every connection of a [Prober].
type keys map[tlsready.Group]func() keyPair

// share is a key share of a group; false if it cannot be made.
func (k keys) share(g tlsready.Group) (wire.KeyShare, bool) {
	pair, ok := k[g]
	if !ok {
		return wire.KeyShare{}, false
	}
	return wire.KeyShare{Group: g, Data: pair().public}, true
}

// secret is the common secret with the server's share. The pair has to be the one
// whose share was sent.
func (k keys) secret(server wire.KeyShare) ([]byte, error) {
	pair, ok := k[server.Group]
	if !ok || pair().secret == nil {
		return nil, errors.ErrUnsupported
	}
	return pair().secret(server.Data)
}

// opens says whether the flight behind a share of that group can be read.
func (k keys) opens(g tlsready.Group) bool {
	pair, ok := k[g]
	return ok && pair().secret != nil
}

// of makes the shares of those of the groups for which there are any.
func (k keys) of(groups ...tlsready.Group) []wire.KeyShare {
	var list []wire.KeyShare
	for _, g := range groups {
		if share, ok := k.share(g); ok {
			list = append(list, share)
		}
	}
	return list
}

// usual are the two shares of a plain client.
func (k keys) usual() []wire.KeyShare { return k.of(tlsready.X25519, tlsready.Secp256r1) }

func newKeys() keys {
	x25519, p256, p384 := diffieHellman(ecdh.X25519()), diffieHellman(ecdh.P256()), diffieHellman(ecdh.P384())
	kem768, kem1024 := encapsulation768(), encapsulation1024()
	k := keys{
		tlsready.X25519: x25519, tlsready.Secp256r1: p256, tlsready.Secp384r1: p384, tlsready.Secp521r1: diffieHellman(ecdh.P521()),
		0x0201: kem768, 0x0202: kem1024,
		tlsready.X25519MLKEM768:     hybrid(kem768, x25519, mlkem.CiphertextSize768),
		tlsready.SecP256r1MLKEM768:  hybrid(p256, kem768, 65),
		tlsready.SecP384r1MLKEM1024: hybrid(p384, kem1024, 97),
	}
	for g, public := range formShares() {
		k[g] = func() keyPair { return keyPair{public: public()} }
	}
	return k
}

// must is for keys made of crypto/rand, which ends the program before it fails.
func must[T any](key T, err error) T {
	if err != nil {
		panic(err)
	}
	return key
}

func diffieHellman(curve ecdh.Curve) func() keyPair {
	return sync.OnceValue(func() keyPair {
		key := must(curve.GenerateKey(rand.Reader))
		return keyPair{key.PublicKey().Bytes(), func(peer []byte) ([]byte, error) {
			other, err := curve.NewPublicKey(peer)
			if err != nil {
				return nil, err
			}
			return key.ECDH(other)
		}}
	})
}

func encapsulation768() func() keyPair {
	return sync.OnceValue(func() keyPair {
		key := must(mlkem.GenerateKey768())
		return keyPair{key.EncapsulationKey().Bytes(), key.Decapsulate}
	})
}

func encapsulation1024() func() keyPair {
	return sync.OnceValue(func() keyPair {
		key := must(mlkem.GenerateKey1024())
		return keyPair{key.EncapsulationKey().Bytes(), key.Decapsulate}
	})
}

// hybrid puts two pairs together: shares and secrets stand one behind the other, those
// of the server too, whose first part has so many bytes (RFC 10024).
func hybrid(a, b func() keyPair, first int) func() keyPair {
	return sync.OnceValue(func() keyPair {
		x, y := a(), b()
		return keyPair{slices.Concat(x.public, y.public), func(peer []byte) ([]byte, error) {
			if len(peer) < first {
				return nil, message.Error("probing.short-share")
			}
			one, err := x.secret(peer[:first])
			if err != nil {
				return nil, err
			}
			two, err := y.secret(peer[first:])
			return slices.Concat(one, two), err
		}}
	})
}

// formShares makes shares for groups that are not worked out here: any valid public
// value will do. It is the generator of the curves, a power of the generator 2 of
// the finite fields (RFC 7919 appendix A), and for ML-KEM a key of zeros.
func formShares() map[tlsready.Group]func() []byte {
	list := map[tlsready.Group]func() []byte{
		tlsready.X448: func() []byte { return append([]byte{5}, make([]byte, 55)...) }, // RFC 7748 section 4.2
		0x0200:        func() []byte { return make([]byte, 800) },
	}
	for g, bits := range map[tlsready.Group]int{
		tlsready.FFDHE2048: 2048, tlsready.FFDHE3072: 3072, tlsready.FFDHE4096: 4096, tlsready.FFDHE6144: 6144, tlsready.FFDHE8192: 8192,
	} {
		list[g] = func() []byte {
			public := make([]byte, bits/8)
			public[len(public)-1-300/8] = 1 << (300 % 8)
			return public
		}
	}
	for g, point := range generators() {
		list[g] = func() []byte { return must(hex.DecodeString("04" + point)) }
	}
	return list
}

// generators are those of the Brainpool curves (RFC 5639 section 3) and of curveSM2
// (RFC 8998 section 3.2.1).
func generators() map[tlsready.Group]string {
	return map[tlsready.Group]string{
		0x001f: "8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262" +
			"547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
		0x0020: "1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e" +
			"8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315",
		0x0021: "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822" +
			"7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
		0x0029: "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7" +
			"bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0",
	}
}
