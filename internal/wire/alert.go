package wire

import "fmt"

// Alert is what one side says when something is wrong (RFC 8446 section 6).
type Alert struct {
	Level       AlertLevel
	Description AlertDescription
}

// AlertLevel is how bad it is.
type AlertLevel uint8

// The levels.
const (
	Warning AlertLevel = 1
	Fatal   AlertLevel = 2
)

// AlertDescription is what is wrong, by its code (IANA registry "TLS Alerts").
type AlertDescription uint8

// The descriptions on which this project decides something.
const (
	CloseNotify          AlertDescription = 0
	UnexpectedMessage    AlertDescription = 10
	HandshakeFailure     AlertDescription = 40
	IllegalParameter     AlertDescription = 47
	DecodeError          AlertDescription = 50
	ProtocolVersion      AlertDescription = 70
	InsufficientSecurity AlertDescription = 71
	InternalError        AlertDescription = 80
	MissingExtension     AlertDescription = 109
	UnrecognizedName     AlertDescription = 112
)

// String is the name in the registry, or "alert 99" for a code without one.
func (d AlertDescription) String() string {
	switch d {
	case CloseNotify:
		return "close_notify"
	case UnexpectedMessage:
		return "unexpected_message"
	case 20:
		return "bad_record_mac"
	case 21:
		return "decryption_failed"
	case 22:
		return "record_overflow"
	case 30:
		return "decompression_failure"
	case HandshakeFailure:
		return "handshake_failure"
	case 41:
		return "no_certificate"
	case 42:
		return "bad_certificate"
	case 43:
		return "unsupported_certificate"
	case 44:
		return "certificate_revoked"
	case 45:
		return "certificate_expired"
	case 46:
		return "certificate_unknown"
	case IllegalParameter:
		return "illegal_parameter"
	case 48:
		return "unknown_ca"
	case 49:
		return "access_denied"
	case DecodeError:
		return "decode_error"
	case 51:
		return "decrypt_error"
	case 60:
		return "export_restriction"
	}
	return d.laterName()
}

// laterName holds the codes that came after those of SSL 3.0.
func (d AlertDescription) laterName() string {
	switch d {
	case ProtocolVersion:
		return "protocol_version"
	case InsufficientSecurity:
		return "insufficient_security"
	case InternalError:
		return "internal_error"
	case 86:
		return "inappropriate_fallback"
	case 90:
		return "user_canceled"
	case 100:
		return "no_renegotiation"
	case MissingExtension:
		return "missing_extension"
	case 110:
		return "unsupported_extension"
	case 111:
		return "certificate_unobtainable"
	case UnrecognizedName:
		return "unrecognized_name"
	case 113:
		return "bad_certificate_status_response"
	case 114:
		return "bad_certificate_hash_value"
	case 115:
		return "unknown_psk_identity"
	case 116:
		return "certificate_required"
	case 120:
		return "no_application_protocol"
	case 121:
		return "ech_required"
	}
	return fmt.Sprintf("alert %d", uint8(d))
}

// Marshal is the alert's two bytes, without a record around them.
func (a Alert) Marshal() []byte { return []byte{byte(a.Level), byte(a.Description)} }
