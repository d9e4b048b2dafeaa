package explain

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// query is what was asked, in the forms that are compared.
type query struct {
	text      string   // folded
	words     []string // folded; identifiers such as sec_e_untrusted_root
	numbers   []uint32 // as they stand: events, states, alerts
	codes     []uint32 // numbers and their other forms
	saysAlert bool
	saysEvent bool
	// reportsAlert says that one of the two events is asked for whose text ends in the
	// number of an alert: that number says more than the event.
	reportsAlert bool
	onlyNumber   bool
}

var (
	numberForm = regexp.MustCompile(`0x[0-9a-f]{1,16}|-[0-9]{1,20}|[0-9a-f]{8,16}|[0-9]{1,20}`)
	wordForm   = regexp.MustCompile(`[a-z][a-z0-9_]*`)
	hexForm    = regexp.MustCompile(`^[0-9a-f]{8}([0-9a-f]{8})?$`)
)

func parseQuery(asked string) query {
	asked = strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(asked[:min(len(asked), maxQuery)], " ")))
	q := query{text: fold(asked), onlyNumber: true}
	for _, token := range tokens(asked) {
		q.addNumber(token)
	}
	for _, word := range wordForm.FindAllString(asked, -1) {
		q.words = append(q.words, fold(word))
	}
	q.onlyNumber = len(q.numbers) > 0 && strings.TrimFunc(numberForm.ReplaceAllString(asked, ""), notLetter) == ""
	q.saysAlert = slices.Contains(q.words, "alert") || strings.Contains(asked, "アラート") || strings.Contains(asked, "警告コード") ||
		strings.Contains(asked, "alert code")
	for _, n := range q.numbers {
		q.saysEvent = q.saysEvent || isEvent(n)
		q.reportsAlert = q.reportsAlert || n == 36887 || n == 36888
	}
	return q
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// isEvent says whether n is in Schannel's range of event numbers.
func isEvent(n uint32) bool { return n >= 36864 && n <= 36900 }

// tokens finds the numbers. A run of hexadecimal digits that is part of a
// longer word is none.
func tokens(s string) []string {
	var found []string
	for _, at := range numberForm.FindAllStringIndex(s, -1) {
		if at[0] > 0 && isWordByte(s[at[0]-1]) || at[1] < len(s) && isWordByte(s[at[1]]) {
			continue
		}
		found = append(found, s[at[0]:at[1]])
	}
	return found
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z'
}

// addNumber notes a number in all the forms in which a code is written: 32 bits
// as they are, a negative decimal, sign-extended to 64 bits, and the Win32
// number inside an HRESULT of facility 7.
func (q *query) addNumber(token string) {
	hex, marked := strings.CutPrefix(token, "0x")
	if n, err := strconv.ParseInt(token, 10, 64); err == nil {
		q.numbers = append(q.numbers, uint32(n))
		q.addCode(uint64(n))
	}
	if marked || hexForm.MatchString(token) {
		if n, err := strconv.ParseUint(hex, 16, 64); err == nil {
			q.numbers = append(q.numbers, uint32(n))
			q.addCode(n)
		}
	}
}

// addCode notes the low half, which of a sign-extended number is the code.
func (q *query) addCode(bits uint64) {
	n := uint32(bits)
	q.codes = append(q.codes, n)
	if n>>16 == 0x8007 {
		q.codes = append(q.codes, n&0xffff)
	}
}

// fold keeps letters and digits alone, lower-case and in their normal width
// (Unicode form NFKC), so that punctuation, spaces and widths do not matter.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(s))
}
