package explain

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// query is what was asked, in the forms that are compared.
type query struct {
	text    string   // folded
	words   []string // folded; identifiers such as sec_e_untrusted_root
	numbers []uint32 // as they stand: events, states, alerts
	codes   []uint32 // numbers and their other forms
	digits  []string // runs of digits as they stand
	tokens  []string // numbers as they stand
	marked  []uint32 // numbers after 0x
	reasons []uint32 // reasons of OpenSSL out of its codes

	alerts       []uint32 // numbers that the text itself calls alerts
	saysAlert    bool
	reportsIt    bool // one of the two events is asked for whose text ends in the number of an alert
	saysEvent    bool
	saysSchannel bool
	ownTLS       bool // worded as a program with a TLS of its own does
	onlyNumber   bool
	oneWord      bool
	latin        bool // no letters beyond ASCII
}

// form is an expression that is compiled when it is first used: few who start the program
// ask for an error.
func form(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

var (
	numberForm = form(`0x[0-9a-f]{1,16}|-[0-9]{1,20}|[0-9a-f]{8,16}|[0-9]{1,20}`)
	wordForm   = form(`[a-z][a-z0-9_]*`)
	hexForm    = form(`^[0-9a-f]{8}([0-9a-f]{8})?$`)
	digitForm  = form(`[0-9]+`)
	escapeForm = form(`\\[rnt]|&quot;|&amp;|&#39;|&apos;|&lt;|&gt;|&nbsp;`)
)

// noise is what carries numbers that are neither codes nor alerts: times, dates,
// addresses, versions of protocols and products, places in a source file.
var noise = form(`\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ t]\d{1,2}:\d{2}(:\d{2})?([.,]\d+)?(z|[+-]\d{2}:?\d{2})?)?` +
	`|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|\b\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\b|\b\d{1,3}(\.\d{1,3}){3}(:\d+)?` +
	`|\b(tls|ssl)\s*v?\s*\d(\.\d)?|\.(c|cc|go|java|cs|py)[:(]\d+|:line \d+|行 \d+|\b[a-z]+\.example\.com:\d+|\bports? \d+`)

func parseQuery(asked string) query {
	asked = strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(asked[:min(len(asked), maxQuery)], " ")))
	asked = escapeForm().ReplaceAllString(asked, " ")
	q := query{text: fold(asked), onlyNumber: true}
	plain := noise().ReplaceAllString(asked, " ")
	plain = q.readStates(plain)
	for _, token := range tokens(plain) {
		q.addNumber(token)
	}
	for _, word := range wordForm().FindAllString(asked, -1) {
		q.words = append(q.words, fold(word))
		for _, prefix := range reasonPrefixes {
			if reason, ok := strings.CutPrefix(word, prefix); ok {
				q.words = append(q.words, fold(reason))
			}
		}
	}
	q.digits = digitForm().FindAllString(asked, -1)
	q.tokens = tokens(asked)
	q.onlyNumber = len(q.numbers) > 0 && strings.TrimFunc(numberForm().ReplaceAllString(plain, ""), notLetter) == ""
	q.latin = len(q.text) == len([]rune(q.text))
	q.oneWord = q.latin && len(strings.Fields(asked)) == 1
	q.ownTLS = saysOwnTLS(asked) || len(q.reasons) > 0
	q.saysSchannel = strings.Contains(asked, "schannel")
	q.readAlerts(plain)
	for _, n := range q.numbers {
		q.saysEvent = q.saysEvent || isEvent(n)
		q.reportsIt = q.reportsIt || n == 36887 || n == 36888
	}
	return q
}

// stateForm is an internal error state of Schannel: a number of its own, which is no code
// although codes of the same number exist (10013).
var stateForm = form(`(?:\bstate(?: is)?|状態は?)\s*[:=]?\s*(\d{1,6})`)

// readStates notes the states and takes them out of the text.
func (q *query) readStates(plain string) string {
	for _, found := range stateForm().FindAllStringSubmatch(plain, -1) {
		if n, err := strconv.ParseUint(found[1], 10, 32); err == nil {
			q.numbers = append(q.numbers, uint32(n))
		}
	}
	return stateForm().ReplaceAllString(plain, " ")
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// isEvent says whether n is in Schannel's range of event numbers.
func isEvent(n uint32) bool { return n >= 36864 && n <= 36900 }

// reasonPrefixes stand before a reason of OpenSSL in its headers and in Node.js.
var reasonPrefixes = []string{"ssl_r_", "err_ssl_"}

// ownWords are marks of programs with a TLS of their own: OpenSSL and its kin, Java, Go,
// Node.js, Python, GnuTLS, NSS, rustls. A text that says schannel is not from one of them.
var ownWords = form(`ssl routines|openssl|\[ssl:|_ssl\.c|\btlsv1\S* alert|\bsslv3 alert|ssl alert number|javax\.net\.ssl|sun\.security|java\.|sslhandshakeexception|` +
	`remote error: tls|\bx509:|\btls: |eproto|gnutls|rustls|mbedtls|\bnss\b|npm err|urllib3|requests\.exceptions|idssl|\bindy\b|libressl|boringssl|tls alert, |received fatal alert`)

func saysOwnTLS(asked string) bool {
	return ownWords().MatchString(asked) && !strings.Contains(asked, "schannel")
}

// alertForms are the ways in which a text gives the number of an alert, the surest first.
var alertForms = []func() *regexp.Regexp{
	form(`alert number\D{0,3}(\d{1,3})\b`),
	form(`fatal (?:alert|error) code is\D{0,3}(\d{1,3})\b`),
	form(`致命的な(?:警告|アラート|エラー) ?コードは?\D{0,3}(\d{1,3})(?:\D|$)`),
	form(`alert(?: code| description|desc|id)?\s*[:=#(\[]?\s*(\d{1,3})\b`),
	form(`alertdesc\D{1,8}(\d{1,3})\b`),
	form(`fatal alert was (?:received|generated)\D{0,4}(\d{1,3})\b`),
	form(`(?:警告|アラート)[^0-9]{0,16}[:は、 ]\s*(\d{1,3})(?:\D|$)`),
}

// curlAlert is an alert as curl writes it: the level times 256, and the number.
var curlAlert = form(`tls alert,[^()]{1,40}\((\d{3})\)`)

var alertWord = form(`alert|アラート|警告`)

// readAlerts finds the numbers that the text calls alerts. If it mentions alerts without
// numbering any, every number may be one.
func (q *query) readAlerts(plain string) {
	q.saysAlert = alertWord().MatchString(plain)
	if found := curlAlert().FindStringSubmatch(plain); found != nil {
		n, _ := strconv.ParseUint(found[1], 10, 16) // three digits
		q.alerts = append(q.alerts, uint32(n)&0xff)
		return
	}
	for _, form := range alertForms {
		for _, found := range form().FindAllStringSubmatch(plain, -1) {
			n, _ := strconv.ParseUint(found[1], 10, 16) // three digits at most
			q.alerts = append(q.alerts, uint32(n))
		}
		if len(q.alerts) > 0 {
			return
		}
	}
	if q.saysAlert {
		q.alerts = slices.Clone(q.numbers)
	}
}

// tokens finds the numbers. A run of hexadecimal digits inside a longer word does not
// count.
func tokens(s string) []string {
	var found []string
	for _, at := range numberForm().FindAllStringIndex(s, -1) {
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
	if marked || hexForm().MatchString(token) {
		if n, err := strconv.ParseUint(hex, 16, 64); err == nil {
			q.numbers = append(q.numbers, uint32(n))
			q.addCode(n)
			if marked {
				q.marked = append(q.marked, uint32(n))
			}
		}
	}
}

// The libraries of OpenSSL's errors, and where the number of an alert begins among the
// reasons of its TLS (ERR_LIB_SSL and SSL_AD_REASON_OFFSET in its headers).
const (
	openssl1Lib  = 0x14 << 24 // 1.x: library, function, reason of 12 bits
	openssl3Lib  = 0x0A << 24 // 3.x: library and reason
	opensslAlert = 1000
)

// addCode notes the low half, which of a sign-extended number is the code.
func (q *query) addCode(bits uint64) {
	n := uint32(bits)
	q.codes = append(q.codes, n)
	if n>>16 == 0x8007 {
		q.codes = append(q.codes, n&0xffff)
	}
	if lib := n & 0xff000000; lib == openssl1Lib || lib == openssl3Lib {
		q.reasons = append(q.reasons, n&0xfff)
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
