package winrmtest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"strings"
)

// message is a request as the server reads it.
type message struct {
	XMLName xml.Name `xml:"http://www.w3.org/2003/05/soap-envelope Envelope"`
	Header  struct {
		To        string `xml:"http://schemas.xmlsoap.org/ws/2004/08/addressing To"`
		Action    string `xml:"http://schemas.xmlsoap.org/ws/2004/08/addressing Action"`
		ID        string `xml:"http://schemas.xmlsoap.org/ws/2004/08/addressing MessageID"`
		Resource  string `xml:"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd ResourceURI"`
		Size      int    `xml:"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd MaxEnvelopeSize"`
		Timeout   string `xml:"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd OperationTimeout"`
		Selectors []struct {
			Name string `xml:"Name,attr"`
			Text string `xml:",chardata"`
		} `xml:"SelectorSet>Selector"`
		Options []struct {
			Name string `xml:"Name,attr"`
			Text string `xml:",chardata"`
		} `xml:"OptionSet>Option"`
	} `xml:"http://www.w3.org/2003/05/soap-envelope Header"`
	Body struct {
		Shell *struct {
			Output string `xml:"OutputStreams"`
		} `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Shell"`
		CommandLine *struct {
			Command   string   `xml:"Command"`
			Arguments []string `xml:"Arguments"`
		} `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell CommandLine"`
		Receive *struct {
			Stream struct {
				Command string `xml:"CommandId,attr"`
				Names   string `xml:",chardata"`
			} `xml:"DesiredStream"`
		} `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Receive"`
		Signal *struct {
			Command string `xml:"CommandId,attr"`
			Code    string `xml:"Code"`
		} `xml:"http://schemas.microsoft.com/wbem/wsman/1/windows/shell Signal"`
	} `xml:"http://www.w3.org/2003/05/soap-envelope Body"`
}

// option gives an option of the request.
func (m *message) option(name string) string {
	for _, o := range m.Header.Options {
		if o.Name == name {
			return o.Text
		}
	}
	return ""
}

// openShell is a shell with its commands.
type openShell struct {
	commands map[string]*running
}

// running is a command that has ended, whose output is fetched piece by piece.
type running struct {
	out, errors []byte
	status      int
	waits       int // how often the client is told to ask again
}

// Fault is an error that the service answers with.
type Fault struct {
	Subcode string // w:AccessDenied
	Code    string // of Windows, decimal
	Message string
}

func newID() string { return strings.ToUpper(rand.Text()) }

func text(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

const (
	actions = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/"
	objects = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
)

// soap answers one message: status and envelope.
func (s *Server) soap(body []byte) (int, []byte) {
	m := &message{}
	if err := xml.Unmarshal(body, m); err != nil {
		return 400, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.actions = append(s.actions, m.Header.Action[strings.LastIndexByte(m.Header.Action, '/')+1:])
	reply, f := s.act(m)
	if f != nil {
		return 500, envelopeOf(m, "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", fmt.Sprintf(
			`<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>%s</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">%s</s:Text></s:Reason>`+
				`<s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="%s" Machine="fs01"><f:Message>%s</f:Message></f:WSManFault></s:Detail></s:Fault>`,
			text(f.Subcode), text(f.Message), text(f.Code), text(f.Message)))
	}
	return 200, envelopeOf(m, m.Header.Action+"Response", reply)
}

func envelopeOf(m *message, action, body string) []byte {
	return fmt.Appendf(nil, `<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" `+
		`xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" `+
		`xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell" xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd">`+
		`<s:Header><a:Action>%s</a:Action><a:MessageID>uuid:%s</a:MessageID><a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>`+
		`<a:RelatesTo>%s</a:RelatesTo></s:Header><s:Body>%s</s:Body></s:Envelope>`, text(action), newID(), text(m.Header.ID), body)
}

func invalid(what string) *Fault {
	return &Fault{"w:SchemaValidationError", "2150858817", what}
}

// act does what a message asks for.
func (s *Server) act(m *message) (string, *Fault) {
	h := m.Header
	switch {
	case s.Fault != nil:
		return "", s.Fault
	case !strings.HasSuffix(h.To, "/wsman"), !strings.HasPrefix(h.ID, "uuid:"), h.Size < 8192, h.Timeout == "":
		return "", invalid("a header is missing")
	case h.Resource != "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd":
		return "", &Fault{"w:DestinationUnreachable", "2150858752", "there is no such resource"}
	case h.Action == objects+"Create":
		return s.create(m)
	}
	id := ""
	for _, selector := range h.Selectors {
		if selector.Name == "ShellId" {
			id = selector.Text
		}
	}
	shell := s.shells[id]
	if shell == nil {
		return "", &Fault{"w:InvalidSelectors", "2150858843", "The shell was not found on the server."}
	}
	switch h.Action {
	case objects + "Delete":
		delete(s.shells, id)
		return "", nil
	case actions + "Command":
		return s.command(shell, m)
	case actions + "Receive":
		return s.receive(shell, m)
	case actions + "Signal":
		if m.Body.Signal == nil || m.Body.Signal.Code != actions+"signal/terminate" {
			return "", invalid("no signal")
		}
		delete(shell.commands, m.Body.Signal.Command)
		return `<rsp:SignalResponse/>`, nil
	}
	return "", &Fault{"a:ActionNotSupported", "2150858754", "there is no such action"}
}

func (s *Server) create(m *message) (string, *Fault) {
	if m.Body.Shell == nil || !strings.Contains(m.Body.Shell.Output, "stdout") || m.option("WINRS_CODEPAGE") == "" {
		return "", invalid("no shell")
	}
	id := newID()
	s.shells[id] = &openShell{commands: map[string]*running{}}
	s.created++
	return fmt.Sprintf(`<x:ResourceCreated><a:Address>http://fs01:5985/wsman</a:Address><a:ReferenceParameters><w:ResourceURI>%s</w:ResourceURI>`+
		`<w:SelectorSet><w:Selector Name="ShellId">%s</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>`+
		`<rsp:Shell><rsp:ShellId>%s</rsp:ShellId></rsp:Shell>`, m.Header.Resource, id, id), nil
}

func (s *Server) command(shell *openShell, m *message) (string, *Fault) {
	if m.Body.CommandLine == nil {
		return "", invalid("no command")
	}
	const most = 15 // MaxProcessesPerShell of Windows Server 2008 R2
	if len(shell.commands) >= most {
		return "", &Fault{"w:QuotaLimit", "2150859180", "The maximum number of concurrent commands per shell has been exceeded."}
	}
	line := strings.Join(append([]string{m.Body.CommandLine.Command}, m.Body.CommandLine.Arguments...), " ")
	s.lines = append(s.lines, line)
	c := &running{waits: s.Waits}
	c.out, c.errors, c.status = s.Run(line)
	id := newID()
	shell.commands[id] = c
	return `<rsp:CommandResponse><rsp:CommandId>` + id + `</rsp:CommandId></rsp:CommandResponse>`, nil
}

// receive gives the next piece, as much as fits into an envelope.
func (s *Server) receive(shell *openShell, m *message) (string, *Fault) {
	if m.Body.Receive == nil || m.Body.Receive.Stream.Names != "stdout stderr" {
		return "", invalid("no streams")
	}
	id := m.Body.Receive.Stream.Command
	c := shell.commands[id]
	if c == nil {
		return "", &Fault{"w:InvalidSelectors", "2150858843", "The command was not found."}
	}
	if c.waits > 0 {
		c.waits--
		return "", &Fault{"w:TimedOut", "2150858793", "The WS-Management service cannot complete the operation within the time specified in OperationTimeout."}
	}
	room := (m.Header.Size - 2000) / 4 * 3 / 2 // for two streams in base64
	b := &strings.Builder{}
	b.WriteString(`<rsp:ReceiveResponse>`)
	piece := func(name string, from *[]byte) {
		n := min(room, len(*from))
		end := ""
		if n == len(*from) {
			end = ` End="true"`
		}
		fmt.Fprintf(b, `<rsp:Stream Name="%s" CommandId="%s"%s>%s</rsp:Stream>`, name, id, end, base64.StdEncoding.EncodeToString((*from)[:n]))
		*from = (*from)[n:]
	}
	piece("stdout", &c.out)
	piece("stderr", &c.errors)
	if len(c.out)+len(c.errors) == 0 {
		fmt.Fprintf(b, `<rsp:CommandState CommandId="%s" State="%sCommandState/Done"><rsp:ExitCode>%d</rsp:ExitCode></rsp:CommandState>`, id, actions, c.status)
	} else {
		fmt.Fprintf(b, `<rsp:CommandState CommandId="%s" State="%sCommandState/Running"/>`, id, actions)
	}
	b.WriteString(`</rsp:ReceiveResponse>`)
	return b.String(), nil
}
