package winrm

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"tlsready/internal/message"
)

// The names of WS-Management (DSP0226) and of its shells (MS-WSMV 2.2.4 and
// 3.1.4).
const (
	soapSpace  = "http://www.w3.org/2003/05/soap-envelope"
	addressing = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
	management = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
	microsoft  = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
	shellSpace = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"

	actionCreate  = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create"
	actionDelete  = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete"
	actionCommand = shellSpace + "/Command"
	actionReceive = shellSpace + "/Receive"
	actionSignal  = shellSpace + "/Signal"

	shellResource = shellSpace + "/cmd"
	anonymous     = addressing + "/role/anonymous"
	terminate     = shellSpace + "/signal/terminate"
	stateDone     = shellSpace + "/CommandState/Done"
)

const (
	// maxEnvelope is the size of answers that we ask for, in bytes: the most that
	// Windows Server 2008 R2 sends (MaxEnvelopeSizekb = 150).
	maxEnvelope = 153600
	// wait is how long the machine may keep a request without output; it answers
	// with a fault then, and is asked again.
	wait = 20 * time.Second
	// idleTime is how long the machine keeps a shell that nobody asks for anything,
	// as after the end of this program. It is the default of Windows Server 2008 R2.
	idleTime = 3 * time.Minute
)

// request is one message to the machine.
type request struct {
	action  string
	shell   string // id of the shell, "" before there is one
	options map[string]string
	body    string // XML
}

// optionNames are the options of a request in the order in which they are sent.
func optionNames() []string {
	return []string{"WINRS_NOPROFILE", "WINRS_CODEPAGE", "WINRS_CONSOLEMODE_STDIN", "WINRS_SKIP_CMD_SHELL"}
}

// write makes the envelope, and the id that the answer relates to. The address is
// that of the service, https://host:port/wsman.
func (r request) write(address string) (text []byte, id string) {
	id = messageID()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<s:Envelope xmlns:s="%s" xmlns:a="%s" xmlns:w="%s" xmlns:p="%s" xmlns:rsp="%s"><s:Header>`, soapSpace, addressing, management, microsoft, shellSpace)
	fmt.Fprintf(&b, `<a:To>%s</a:To><a:ReplyTo><a:Address s:mustUnderstand="true">%s</a:Address></a:ReplyTo>`, escape(address), anonymous)
	fmt.Fprintf(&b, `<w:ResourceURI s:mustUnderstand="true">%s</w:ResourceURI><a:Action s:mustUnderstand="true">%s</a:Action>`, shellResource, r.action)
	fmt.Fprintf(&b, `<w:MaxEnvelopeSize s:mustUnderstand="true">%d</w:MaxEnvelopeSize><a:MessageID>%s</a:MessageID>`, maxEnvelope, id)
	_, _ = b.WriteString(`<w:Locale xml:lang="en-US" s:mustUnderstand="false"/><p:DataLocale xml:lang="en-US" s:mustUnderstand="false"/>`)
	fmt.Fprintf(&b, `<w:OperationTimeout>%s</w:OperationTimeout>`, seconds(wait))
	if r.shell != "" {
		fmt.Fprintf(&b, `<w:SelectorSet><w:Selector Name="ShellId">%s</w:Selector></w:SelectorSet>`, escape(r.shell))
	}
	if len(r.options) > 0 {
		_, _ = b.WriteString(`<w:OptionSet>`)
		for _, name := range optionNames() {
			if value, ok := r.options[name]; ok {
				fmt.Fprintf(&b, `<w:Option Name="%s">%s</w:Option>`, name, value)
			}
		}
		_, _ = b.WriteString(`</w:OptionSet>`)
	}
	fmt.Fprintf(&b, `</s:Header><s:Body>%s</s:Body></s:Envelope>`, r.body)
	return b.Bytes(), id
}

// seconds writes a duration as XML Schema does.
func seconds(d time.Duration) string { return fmt.Sprintf("PT%d.000S", int(d.Seconds())) }

// messageID is a random UUID (RFC 9562, version 4).
func messageID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	t := strings.ToUpper(hex.EncodeToString(b[:]))
	return "uuid:" + t[:8] + "-" + t[8:12] + "-" + t[12:16] + "-" + t[16:20] + "-" + t[20:]
}

// escape writes text into XML. What XML cannot carry is refused before, by
// carried.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes all
	return b.String()
}

// carried says whether XML carries a text unchanged (XML 1.0, 2.2).
func carried(text string) bool {
	odd := func(r rune) bool { return r < ' ' && r != '\t' || r == 0xfffe || r == 0xffff }
	return utf8.ValidString(text) && !strings.ContainsFunc(text, odd)
}

// envelope is what an answer may hold.
type envelope struct {
	XMLName   xml.Name `xml:"http://www.w3.org/2003/05/soap-envelope Envelope"`
	RelatesTo string   `xml:"Header>RelatesTo"`
	Body      struct {
		Fault     *fault     `xml:"Fault"`
		Selectors []selector `xml:"ResourceCreated>ReferenceParameters>SelectorSet>Selector"`
		Command   string     `xml:"CommandResponse>CommandId"`
		Streams   []stream   `xml:"ReceiveResponse>Stream"`
		State     *state     `xml:"ReceiveResponse>CommandState"`
	} `xml:"Body"`
}

type selector struct {
	Name  string `xml:"Name,attr"`
	Value string `xml:",chardata"`
}

// stream is a piece of what a command printed, in base64.
type stream struct {
	Name string `xml:"Name,attr"`
	Text string `xml:",chardata"`
}

// state says whether a command has ended.
type state struct {
	State    string `xml:"State,attr"`
	ExitCode string `xml:"ExitCode"`
}

// fault is an error of the service (SOAP 1.2, 5.4), with what Windows adds.
type fault struct {
	Values  []string `xml:"Code>Subcode>Value"`
	Reason  string   `xml:"Reason>Text"`
	Windows struct {
		Code    string `xml:"Code,attr"`
		Message string `xml:"Message"`
	} `xml:"Detail>WSManFault"`
}

func (f *fault) code() string { return strings.TrimSpace(f.Windows.Code) }

// subcode is the name of the fault without its prefix: AccessDenied, TimedOut.
func (f *fault) subcode() string {
	if len(f.Values) == 0 {
		return ""
	}
	_, name, ok := strings.Cut(strings.TrimSpace(f.Values[0]), ":")
	if !ok {
		return strings.TrimSpace(f.Values[0])
	}
	return name
}

// said is what the service says of the fault.
func (f *fault) said() string {
	if text := strings.TrimSpace(f.Windows.Message); text != "" {
		return text
	}
	return strings.TrimSpace(f.Reason)
}

// maxDepth bounds how deep elements may stand in each other; answers have 8.
const maxDepth = 32

// bounded passes the tokens of XML on that a SOAP message may have: no document
// types (SOAP 1.2, 5), and elements no deeper than maxDepth.
type bounded struct {
	in    *xml.Decoder
	depth int
}

// Token gives the next token.
func (b *bounded) Token() (xml.Token, error) {
	t, err := b.in.Token()
	switch t.(type) {
	case xml.StartElement:
		b.depth++
	case xml.EndElement:
		b.depth--
	case xml.Directive:
		return nil, message.Error("winrm.soap-dtd")
	}
	if b.depth > maxDepth {
		return nil, message.Error("winrm.soap-deep", message.Int("limit", maxDepth))
	}
	return t, err
}

// readEnvelope reads the answer to the message id.
func readEnvelope(text []byte, id string) (*envelope, error) {
	d := xml.NewTokenDecoder(&bounded{in: xml.NewDecoder(bytes.NewReader(text))})
	e := &envelope{}
	if err := d.Decode(e); err != nil {
		return nil, message.Error("winrm.no-soap", message.Cause("why", &brief{err}))
	}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if _, more := t.(xml.StartElement); err != nil || more {
			return nil, message.Error("winrm.soap-trailing")
		}
	}
	if got := strings.TrimSpace(e.RelatesTo); got != "" && !strings.EqualFold(got, id) {
		return nil, message.Error("winrm.soap-other")
	}
	return e, nil
}
