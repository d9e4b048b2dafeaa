package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"errors"
)

// ccm is AES-CCM with nonces of twelve bytes (RFC 3610, RFC 6655 section 3), of which
// the standard library has none. It only opens.
type ccm struct {
	block cipher.Block
	tag   int // bytes
}

// ccmLength is how many bytes the length of a message takes, and the counter: what the nonce
// and the flags leave of a block.
const ccmLength = aes.BlockSize - 1 - 12

func newCCM(key []byte, tag int) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	return &ccm{block, tag}, err
}

// NonceSize is that of TLS.
func (c *ccm) NonceSize() int { return 12 }

// Overhead is the length of the tag.
func (c *ccm) Overhead() int { return c.tag }

// Seal is there for the interface: nothing is sent with these keys.
func (c *ccm) Seal([]byte, []byte, []byte, []byte) []byte {
	panic("wire: AES-CCM only opens")
}

// Open decrypts and checks the tag.
func (c *ccm) Open(dst, nonce, sealed, additional []byte) ([]byte, error) {
	if len(sealed) < c.tag {
		return nil, errors.New("shorter than its tag")
	}
	counter := make([]byte, aes.BlockSize) // RFC 3610 section 2.3
	counter[0] = ccmLength - 1
	copy(counter[1:], nonce)
	stream := cipher.NewCTR(c.block, counter)
	var mask [aes.BlockSize]byte
	stream.XORKeyStream(mask[:], mask[:])
	plain := make([]byte, len(sealed)-c.tag)
	stream.XORKeyStream(plain, sealed[:len(plain)])
	want := c.mac(nonce, plain, additional)
	subtle.XORBytes(want, want, mask[:])
	if subtle.ConstantTimeCompare(want[:c.tag], sealed[len(plain):]) != 1 {
		return nil, errors.New("the tag is another one")
	}
	return append(dst, plain...), nil
}

// mac is the CBC-MAC of RFC 3610 section 2.2.
func (c *ccm) mac(nonce, plain, additional []byte) []byte {
	first := make([]byte, 0, aes.BlockSize)
	first = append(first, byte(0x40|(c.tag-2)/2<<3|ccmLength-1))
	first = append(first, nonce...)
	first = append(first, byte(len(plain)>>16), byte(len(plain)>>8), byte(len(plain)))
	sum := make([]byte, aes.BlockSize)
	add := func(data []byte) {
		for len(data) > 0 {
			n := subtle.XORBytes(sum, sum, data[:min(len(data), aes.BlockSize)])
			c.block.Encrypt(sum, sum)
			data = data[n:]
		}
	}
	add(first)
	add(append([]byte{byte(len(additional) >> 8), byte(len(additional))}, additional...)) // below 2^16 - 2^8 bytes
	add(plain)
	return sum
}
