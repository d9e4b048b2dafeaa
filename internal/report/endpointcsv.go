package report

import (
	"bufio"
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/sheet"
	"tlsready/internal/report/view"
)

// endpointCSV writes one line for each address, as [sheet.Check] writes them.
type endpointCSV struct {
	out   *bufio.Writer
	words *message.Catalog
	csv   *csv.Writer // nil until the head is written
}

func newEndpointCSV(w io.Writer, o view.EndpointOptions) view.EndpointWriter {
	return &endpointCSV{out: view.Buffered(w), words: o.Words}
}

type endpointColumn struct {
	name string
	text func(w *message.Catalog, e *document.Endpoint) string
}

// EndpointCSVColumns are the names in the first line, in their order. docs/csv.md says
// what they mean.
func EndpointCSVColumns() []string {
	var list []string
	for _, c := range endpointColumns() {
		list = append(list, c.name)
	}
	return list
}

func endpointColumns() []endpointColumn {
	plain := func(text func(e *document.Endpoint) string) func(*message.Catalog, *document.Endpoint) string {
		return func(_ *message.Catalog, e *document.Endpoint) string { return text(e) }
	}
	version := func(v tlsready.Version) func(*message.Catalog, *document.Endpoint) string {
		return plain(func(e *document.Endpoint) string { return e.Versions[v].String() })
	}
	leaf := func(text func(c *document.EndpointCertificate) string) func(*message.Catalog, *document.Endpoint) string {
		return plain(func(e *document.Endpoint) string {
			if len(e.Certificates) == 0 {
				return ""
			}
			return text(&e.Certificates[0])
		})
	}
	clients := func(n func(view.ClientCounts) int) func(*message.Catalog, *document.Endpoint) string {
		return plain(func(e *document.Endpoint) string {
			if len(e.Clients) == 0 {
				return ""
			}
			return strconv.Itoa(n(view.CountClients(e)))
		})
	}
	return []endpointColumn{
		{"target", plain(func(e *document.Endpoint) string { return e.Target })},
		{"address", plain(func(e *document.Endpoint) string { return e.Address })},
		{"serverName", plain(func(e *document.Endpoint) string { return e.ServerName })},
		{"ssl20", version(tlsready.SSL20)},
		{"ssl30", version(tlsready.SSL30)},
		{"tls10", version(tlsready.TLS10)},
		{"tls11", version(tlsready.TLS11)},
		{"tls12", version(tlsready.TLS12)},
		{"tls13", version(tlsready.TLS13)},
		{"suites", plain(endpointSuites)},
		{"groups", plain(func(e *document.Endpoint) string { return strings.Join(view.Texts(e.Groups), "; ") })},
		{"certificateSubject", leaf(func(c *document.EndpointCertificate) string { return c.Subject })},
		{"certificateKey", leaf(func(c *document.EndpointCertificate) string {
			return strings.TrimSpace(c.KeyType + " " + strconv.Itoa(c.KeyBits))
		})},
		{"certificateSignature", leaf(func(c *document.EndpointCertificate) string { return c.Signature })},
		{"certificateNotAfter", leaf(func(c *document.EndpointCertificate) string { return c.NotAfter.Format("2006-01-02") })},
		{"clientsConnect", clients(func(n view.ClientCounts) int { return n.Yes })},
		{"clientsFail", clients(func(n view.ClientCounts) int { return n.No })},
		{"clientsUnknown", clients(func(n view.ClientCounts) int { return n.Open })},
		{"clientsCutOff", clients(func(n view.ClientCounts) int { return n.Cut })},
		{"findings", endpointFindings},
		{"connections", plain(func(e *document.Endpoint) string { return strconv.Itoa(e.Connections) })},
		{"error", endpointError},
		{"nodes", plain(func(e *document.Endpoint) string { return e.Nodes })},
		{"incomplete", plain(func(e *document.Endpoint) string {
			if e.Incomplete {
				return "yes"
			}
			return ""
		})},
	}
}

func endpointSuites(e *document.Endpoint) string {
	var list []string
	for _, v := range tlsready.Versions() {
		for _, s := range e.Suites[v] {
			list = append(list, v.String()+" "+s.String())
		}
	}
	return strings.Join(list, "; ")
}

func endpointFindings(w *message.Catalog, e *document.Endpoint) string {
	var list []string
	for _, f := range e.Findings {
		list = append(list, f.Against+": "+w.Render(f.Text))
	}
	return strings.Join(list, "; ")
}

// endpointError is why nothing, or not everything, was learned; "" if there is no
// error.
func endpointError(w *message.Catalog, e *document.Endpoint) string {
	if e.Error == nil {
		return ""
	}
	return w.Render(*e.Error)
}

func (c *endpointCSV) begin() error {
	if c.csv != nil {
		return nil
	}
	if _, err := c.out.WriteString("\ufeff"); err != nil {
		return err
	}
	c.csv = csv.NewWriter(c.out)
	c.csv.UseCRLF = true
	return c.csv.Write(EndpointCSVColumns())
}

// Write writes one line.
func (c *endpointCSV) Write(e *document.Endpoint) error {
	if err := c.begin(); err != nil {
		return err
	}
	var cells []string
	for _, column := range endpointColumns() {
		cells = append(cells, sheet.Neutral(column.text(c.words, e)))
	}
	return c.csv.Write(cells)
}

// End writes the head even if there was no endpoint.
func (c *endpointCSV) End() error {
	if err := c.begin(); err != nil {
		return err
	}
	c.csv.Flush()
	if err := c.csv.Error(); err != nil {
		return err
	}
	return c.out.Flush()
}
