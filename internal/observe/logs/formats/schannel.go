package formats

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
	"time"

	"tlsready"

	"tlsready/internal/message"
	"tlsready/internal/observe/logs/frame"
	"tlsready/internal/observe/logs/jsonscan"
	"tlsready/internal/wire"
)

// schannel are the events of the provider Schannel in Windows's System log: as XML of
// wevtutil or Event Viewer, as JSON of Get-WinEvent | ConvertTo-Json (PowerShell 5.1 and
// 7) and of winlogbeat. There is no address of the other side in any of them.
//
// Events: https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/dn786445(v=ws.11);
// the fields and their order are the provider's templates, as
// https://github.com/airbus-cert/etl-parser (etl/parsers/etw/Schannel.py) lists them;
// XML of 36880 in the tests of https://github.com/axoflow/axosyslog (filterx,
// format_windows_eventlog_xml), of 36888 and 36874 in
// https://github.com/jborean93/requests-credssp/issues/18, of 36871 in
// https://github.com/microsoft/EventLogExpert/issues/397. 36880 is written only where
// EventLogging has its fourth bit (value 4, with the others 7).
func schannel() format {
	return format{
		id: "schannel", name: "Windows events of Schannel",
		detect: func(c *Config, s *sample) *Layout {
			switch {
			case frame.EventStart(s.head) >= 0 && (s.line[0] == '<' || bytes.HasPrefix(s.line, []byte("\ufeff<"))):
				return &Layout{Format: "schannel", Framing: ByEvent, parse: parseEvent, Missing: message.New("logs.missing-schannel")}
			case s.has("Id", "ProviderName"), s.has("Id", "MachineName"),
				s.has("winlog.provider_name", "winlog.event_id"):
				l := c.jsonLayout("schannel", s, eventFields(), eventCheck, "ProviderName", "MachineName", "winlog.provider_name")
				l.Missing = message.New("logs.missing-schannel")
				return l
			}
			return nil
		},
	}
}

// event is what an event says.
type event struct {
	id                                  int
	provider, side, protocol, target    string
	local, remote, process, suite, code string
	state                               string
}

// eventFields are the fields of JSON: PowerShell's, and winlogbeat's
// (https://www.elastic.co/guide/en/beats/winlogbeat/current/exported-fields-winlog.html).
func eventFields() table {
	t := table{
		"TimeCreated": eventTime, "@timestamp": when,
		"Id": eventID, "winlog.event_id": eventID,
		"ProviderName": eventProvider, "winlog.provider_name": eventProvider,
		"MachineName": computer, "winlog.computer_name": computer,
		"Properties": eventProperties,
	}
	for _, name := range []string{"Type", "Protocol", "CipherSuite", "TargetName", "LocalCertSubjectName", "RemoteCertSubjectName", "AlertDesc", "ErrorState", "CallerProcessImageName"} {
		field := func(d *draft, v []byte) bool { d.event.set(name, string(v)); return true }
		t["winlog.event_data."+name], t["winlog.user_data."+name] = field, field
	}
	return t
}

func computer(d *draft, v []byte) bool { d.kind = d.text(v); return true }

func eventProvider(d *draft, v []byte) bool { d.event.provider = string(v); return true }

func eventID(d *draft, v []byte) bool {
	id, err := strconv.Atoi(string(v))
	d.event.id = id
	return err == nil
}

// eventTime takes a time as PowerShell 5.1 writes it, /Date(1795860000000)/, in
// milliseconds, and as 7 does, in ISO 8601.
func eventTime(d *draft, v []byte) bool {
	ms, found := bytes.CutPrefix(v, []byte("/Date("))
	if !found {
		return when(d, v)
	}
	n, err := strconv.ParseInt(string(bytes.TrimSuffix(ms, []byte(")/"))), 10, 64)
	d.c.Time = time.UnixMilli(n).UTC()
	return err == nil && n >= 0 && n < maxUnix*1000
}

// eventProperties takes the values of an event in the order of its template.
func eventProperties(d *draft, v []byte) bool {
	var values []string
	jsonscan.Elements(v, func(property []byte) {
		value := ""
		d.inner.Object(property, func(path, text []byte) {
			if string(path) == "Value" {
				value = string(text)
			}
		})
		values = append(values, value)
	})
	d.properties = values
	return true
}

// eventTemplate gives the names of an event's fields in their order.
func eventTemplate(id int) []string {
	switch id {
	case 36871:
		return []string{"Type", "ErrorState"}
	case 36874:
		return []string{"Protocol"}
	case 36880:
		return []string{"Type", "Protocol", "CipherSuite", "ExchangeStrength", "ContextHandle", "TargetName", "LocalCertSubjectName", "RemoteCertSubjectName"}
	case 36887:
		return []string{"AlertDesc"}
	case 36888:
		return []string{"AlertDesc", "ErrorState", "TargetName"}
	}
	return nil
}

func (e *event) set(name, value string) {
	switch name {
	case "Type":
		e.side = value
	case "Protocol":
		e.protocol = value
	case "CipherSuite":
		e.suite = value
	case "TargetName":
		e.target = value
	case "LocalCertSubjectName":
		e.local = value
	case "RemoteCertSubjectName":
		e.remote = value
	case "AlertDesc":
		e.code = value
	case "ErrorState":
		e.state = value
	case "CallerProcessImageName":
		e.process = value
	}
}

// parseEvent reads an <Event> element.
func parseEvent(d *draft, record []byte) Outcome {
	if !bytes.HasSuffix(record, []byte("</Event>")) {
		return Broken // cut off
	}
	if !bytes.Contains(record, []byte("Schannel")) {
		return Other
	}
	reader := xml.NewDecoder(bytes.NewReader(record))
	var element, data string
	for {
		token, err := reader.Token()
		if token == nil {
			if err != nil && reader.InputOffset() < int64(len(record)) {
				return Broken
			}
			return d.checked(eventCheck)
		}
		switch t := token.(type) {
		case xml.StartElement:
			element, data = t.Name.Local, ""
			d.eventElement(t)
			if element == "Data" && len(t.Attr) > 0 {
				element = t.Attr[0].Value
			}
		case xml.CharData:
			data += string(t)
		case xml.EndElement:
			if element != "" && !d.eventText(element, strings.TrimSpace(data)) {
				return Broken
			}
			element = ""
		}
	}
}

// eventElement takes the attributes of the elements of System.
func (d *draft) eventElement(t xml.StartElement) {
	for _, a := range t.Attr {
		switch {
		case t.Name.Local == "Provider" && a.Name.Local == "Name":
			d.event.provider = a.Value
		case t.Name.Local == "TimeCreated" && a.Name.Local == "SystemTime":
			d.set(when, []byte(a.Value))
		}
	}
}

func (d *draft) eventText(element, text string) bool {
	switch element {
	case "EventID":
		return eventID(d, []byte(text))
	case "Computer":
		d.kind = d.text([]byte(text))
	default:
		d.event.set(element, text)
	}
	return true
}

// eventCheck makes a connection of an event of Schannel; those of other providers and of
// certificates are passed over.
func eventCheck(d *draft) Outcome {
	e := &d.event
	for i, name := range eventTemplate(e.id) {
		if i < len(d.properties) {
			e.set(name, d.properties[i])
		}
	}
	if e.provider != "" && e.provider != "Schannel" {
		return Other
	}
	d.c.Identity.Process = d.text([]byte(e.process))
	switch e.id {
	case 36880:
		return d.eventHandshake()
	case 36874: // no suite in common
		d.c.ServerHost, d.c.Refused = d.kind, true
		d.alert, d.hasAlert, d.alertByServer = wire.HandshakeFailure, true, true
		return Seen
	case 36871: // 10013: no protocol is left that the client may use
		if e.side != "client" || e.state != "10013" {
			return Other
		}
		d.c.ClientName, d.c.Refused = d.kind, true
		return Seen
	case 36887, 36888:
		return d.eventAlert()
	}
	return Other
}

// eventHandshake reads 36880. The computer is the client or the server, as Type says.
func (d *draft) eventHandshake() Outcome {
	e := &d.event
	v, ok := parseVersion([]byte(e.protocol))
	if !ok {
		return Broken
	}
	d.version = v
	if code, err := strconv.ParseUint(strings.TrimPrefix(e.suite, "0x"), eventBase(e.suite), 16); err == nil {
		d.suite, d.hasSuite = tlsready.Suite(code), true
	}
	remote := d.text([]byte(e.remote))
	if e.side == "client" {
		d.c.ClientName, d.c.ServerName = d.kind, d.text([]byte(e.target))
		d.c.Identity.ServerCertificate = remote
		d.c.Identity.ClientCertificate = d.text([]byte(e.local))
	} else {
		d.c.ServerHost = d.kind
		d.c.Identity.ClientCertificate = remote
		d.c.Identity.ServerCertificate = d.text([]byte(e.local))
	}
	return Seen
}

// eventBase is that of a number: JSON has it without 0x.
func eventBase(number string) int {
	if strings.HasPrefix(number, "0x") {
		return 16
	}
	return 10
}

// eventAlert reads 36888, an alert that was sent, and 36887, one that was received. It is
// not said whether the computer is client or server, so that it is neither. State 1205
// with alert 40 is the other half of 36874.
func (d *draft) eventAlert() Outcome {
	code, err := strconv.ParseUint(d.event.code, 10, 8)
	if err != nil {
		return Broken
	}
	if d.event.id == 36888 && code == uint64(wire.HandshakeFailure) && d.event.state == "1205" {
		return Other
	}
	if a := wire.AlertDescription(code); a == wire.CloseNotify || a == 90 {
		return Other
	}
	d.alert, d.hasAlert = wire.AlertDescription(code), true
	d.keepField("Computer", d.kind)
	return Seen
}
