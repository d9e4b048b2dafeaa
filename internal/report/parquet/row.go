package parquet

import (
	"fmt"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// row is a [document.Connection] as Parquet has it: the same members under the same
// names, each with the type that tables have for it. What JSON may leave out is null, but
// for the flags, which are false. The time is in microseconds, which every reader of
// Parquet knows. Without "gate" and "rehearsal", which only other commands write.
//
// What may be null is a pointer: of other optional fields the library writes some as
// empty that are null
// (https://github.com/parquet-go/parquet-go/issues/154).
type row struct {
	Schema     string  `parquet:"schema,dict"`
	Source     string  `parquet:"source,dict"`
	Line       *int64  `parquet:"line,optional"`
	Format     *string `parquet:"format,optional,dict"`
	Time       *int64  `parquet:"time,optional,timestamp(microsecond)"`
	Client     string  `parquet:"client"`
	Server     string  `parquet:"server,dict"`
	Transport  string  `parquet:"transport,dict"`
	ClientName *string `parquet:"clientName,optional,dict"`
	ServerHost *string `parquet:"serverHost,optional,dict"`
	Via        *string `parquet:"via,optional,dict"`
	ServerName string  `parquet:"serverName,dict"`
	Before     *string `parquet:"before,optional,dict"`

	Offered    *offered    `parquet:"offered,optional"`
	Negotiated *negotiated `parquet:"negotiated,optional"`
	Alert      *alert      `parquet:"alert,optional"`
	Refused    bool        `parquet:"refused"`

	JA3   string `parquet:"ja3,dict"`
	JA4   string `parquet:"ja4,dict"`
	Stack string `parquet:"stack,dict"`

	Owner     string   `parquet:"owner,dict"`
	OwnerMail *string  `parquet:"ownerMail,optional,dict"`
	Identity  identity `parquet:"identity"`

	Survives string  `parquet:"survives,dict"`
	Likely   *string `parquet:"likely,optional,dict"`
	Basis    *string `parquet:"basis,optional,dict"`
	Old      bool    `parquet:"old"`
	Finding  *string `parquet:"finding,optional,dict"`
	Why      string  `parquet:"why,dict"`
	Remedy   string  `parquet:"remedy,dict"`
}

type offered struct {
	Max                 string   `parquet:"max,dict"`
	Versions            []string `parquet:"versions,list,dict"`
	Exact               bool     `parquet:"exact"`
	Suites              []string `parquet:"suites,list,dict"`
	Groups              []string `parquet:"groups,list,dict"`
	SignatureAlgorithms []string `parquet:"signatureAlgorithms,list,dict"`
	Outer               bool     `parquet:"outer"`
}

type negotiated struct {
	Version string  `parquet:"version,dict"`
	Suite   string  `parquet:"suite,dict"`
	Group   *string `parquet:"group,optional,dict"`
}

type alert struct {
	From        string `parquet:"from,dict"`
	Level       int32  `parquet:"level"`
	Description int32  `parquet:"description"`
	Name        string `parquet:"name,dict"`
}

type identity struct {
	Principal         string  `parquet:"principal,dict"`
	Account           string  `parquet:"account,dict"`
	ClientCertificate string  `parquet:"clientCertificate,dict"`
	UserAgent         string  `parquet:"userAgent,dict"`
	ServerCertificate *string `parquet:"serverCertificate,optional,dict"`
	Process           *string `parquet:"process,optional,dict"`
}

// rowOf is a connection without its hello.
func rowOf(c *document.Connection) row {
	id := &c.Identity
	r := row{
		Schema: c.Schema, Source: c.Source, Format: some(c.Format), Client: c.Client, Server: c.Server, Transport: c.Transport,
		ClientName: some(c.ClientName), ServerHost: some(c.ServerHost), Via: some(c.Via), ServerName: c.ServerName, Before: some(c.Before),
		Refused: c.Refused, JA3: c.JA3, JA4: c.JA4, Stack: c.Stack, Owner: c.Owner, OwnerMail: some(c.OwnerMail),
		Identity: identity{id.Principal, id.Account, id.ClientCertificate, id.UserAgent, some(id.ServerCertificate), some(id.Process)},
		Survives: c.Survives.String(), Likely: some(c.Likely), Basis: some(c.Basis), Old: c.Old, Finding: some(c.Finding),
		Why: message.English(c.Why), Remedy: message.English(c.Remedy),
	}
	if !c.Time.IsZero() {
		r.Time = new(c.Time.UnixMicro())
	}
	if c.Line != 0 {
		r.Line = new(int64(c.Line))
	}
	if n := c.Negotiated; n != nil {
		r.Negotiated = &negotiated{n.Version.String(), n.Suite, some(n.Group)}
	}
	if a := c.Alert; a != nil {
		r.Alert = &alert{a.From, int32(a.Level), int32(a.Description), a.Name}
	}
	return r
}

// some is a text that may be missing; nil without one.
func some(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// offeredOf is what a hello says.
func offeredOf(o *document.ConnectionOffer) *offered {
	return &offered{
		Max: o.Max.String(), Versions: names(o.Versions), Exact: o.Exact, Suites: names(o.Suites), Groups: names(o.Groups),
		SignatureAlgorithms: names(o.SignatureAlgorithms), Outer: o.Outer,
	}
}

func names[T fmt.Stringer](list []T) []string {
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = one.String()
	}
	return texts
}
