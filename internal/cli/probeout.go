package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// probeWriters writes each address to every output as it comes.
type probeWriters struct {
	run      *probeRun
	outputs  []*Output
	writers  []lineWriter
	english  *message.Catalog
	notMet   int // findings that are a no
	unjudged int // endpoints, and findings, of which not enough is known
}

// lineWriter writes addresses in one format.
type lineWriter interface {
	write(p *probed) error
	finish() error
}

// openWriters opens every output, and with --resume copies what stands in it.
func (r *probeRun) openWriters() (*probeWriters, error) {
	plan, err := r.app.planOutputs(probeFormats())
	if err != nil {
		return nil, err
	}
	old, err := r.readResumed(plan)
	if err != nil {
		return nil, err
	}
	outputs, err := r.app.Outputs(probeFormats()...)
	if err != nil {
		return nil, err
	}
	w := &probeWriters{run: r, outputs: outputs, english: r.app.Words}
	if r.app.Lang != "en" {
		w.english = message.For("en")
	}
	for _, out := range outputs {
		w.writers = append(w.writers, w.writer(out))
	}
	if old != nil {
		if _, err := outputs[0].Write(old); err != nil {
			w.discard()
			return nil, r.app.cannotWrite(outputs[0].Path, err)
		}
	}
	return w, nil
}

// maxResumed is the most bytes of a result that a run goes on with.
const maxResumed = 1 << 30

// readResumed reads the result that --resume goes on with. Lines with an error are
// left out, so that their endpoints are tried again.
func (r *probeRun) readResumed(plan []*Output) ([]byte, error) {
	if !r.flags.resume {
		return nil, nil
	}
	if len(plan) != 1 || plan[0].Format != FormatJSONL || plan[0].Path == "-" {
		return nil, r.app.usageError("resume")
	}
	info, err := os.Stat(plan[0].Path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, r.app.cannotRead(plan[0].Path, err)
	}
	if info.Size() > maxResumed {
		return nil, r.app.usageError("resume-size", message.Str("path", plan[0].Path))
	}
	r.skip = map[string]bool{}
	var old []byte
	err = r.app.readEndpoints(plan[0].Path, func(e *baseEndpoint, line []byte) {
		var with struct {
			Error *string `json:"error"`
		}
		if json.Unmarshal(line, &with) == nil && with.Error == nil {
			r.skip[endpointKey(e.Target, e.Address)] = true
			old = append(append(old, line...), '\n')
		}
	})
	return old, err
}

func (w *probeWriters) writer(out *Output) lineWriter {
	buffered := bufio.NewWriterSize(out, 1<<16)
	switch out.Format {
	case FormatJSONL:
		return &jsonLines{out: buffered, words: w.english, flush: out.Terminal()}
	case FormatJSON:
		return &jsonLines{out: buffered, words: w.english, array: true}
	case FormatCSV:
		return &endpointCSV{out: buffered, words: w.run.app.Words}
	}
	return &endpointTable{run: w.run, out: buffered, width: tableWidth(w.run.app.width(out)), flush: out.Terminal()}
}

func tableWidth(terminal int) int {
	if terminal > 0 {
		return max(terminal, minHelpWidth)
	}
	return pageWidth
}

func (w *probeWriters) write(p *probed) error {
	if !p.judgedAll(w.run.questions.SSL) {
		w.unjudged++
	}
	for _, f := range p.findings {
		if f.met == tlsready.No {
			w.notMet++
		} else {
			w.unjudged++
		}
	}
	for i, one := range w.writers {
		if err := one.write(p); err != nil {
			return w.run.app.cannotWrite(w.outputs[i].Path, err)
		}
	}
	return nil
}

// finish ends every output. Of a run that was not whole the lines of JSON stay: each
// is whole in itself, and --resume goes on from there.
func (w *probeWriters) finish(whole bool) error {
	for i, one := range w.writers {
		err := one.finish()
		if err == nil && (whole || w.outputs[i].Format == FormatJSONL) {
			err = w.outputs[i].Commit()
		}
		if err != nil {
			return w.run.app.cannotWrite(w.outputs[i].Path, err)
		}
	}
	return nil
}

func (w *probeWriters) discard() {
	for _, out := range w.outputs {
		out.Discard()
	}
}

// jsonLines writes one object a line, with array as one JSON array.
type jsonLines struct {
	out   *bufio.Writer
	words *message.Catalog
	array bool
	flush bool // people or programs wait for each line
	n     int
}

func (j *jsonLines) write(p *probed) error {
	data, err := encodeLine(p.endpoint(j.words))
	if err != nil {
		return err
	}
	before := ""
	if j.array {
		if before = ",\n"; j.n == 0 {
			before = "[\n"
		}
		data = data[:len(data)-1]
	}
	j.n++
	if _, err := j.out.WriteString(before + string(data)); err != nil || !j.flush {
		return err
	}
	return j.out.Flush()
}

func encodeLine(e *document.Endpoint) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return []byte(b.String()), err
}

func (j *jsonLines) finish() error {
	if j.array {
		end := "\n]\n"
		if j.n == 0 {
			end = "[\n]\n"
		}
		if _, err := j.out.WriteString(end); err != nil {
			return err
		}
	}
	return j.out.Flush()
}

// endpointCSV writes one line for each address (docs/probe.md names the columns).
type endpointCSV struct {
	out   *bufio.Writer
	words *message.Catalog
	csv   *csv.Writer
}

func endpointColumns() []string {
	return []string{
		"target", "address", "serverName", "ssl20", "ssl30", "tls10", "tls11", "tls12", "tls13", "suites", "groups",
		"certificateSubject", "certificateKey", "certificateSignature", "certificateNotAfter", "clientsConnect", "clientsFail", "clientsUnknown",
		"clientsCutOff", "findings", "connections", "error",
	}
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
	return c.csv.Write(endpointColumns())
}

func (c *endpointCSV) write(p *probed) error {
	if err := c.begin(); err != nil {
		return err
	}
	e := p.endpoint(c.words)
	cells := []string{e.Target, e.Address, e.ServerName}
	for _, v := range tlsready.Versions() {
		cells = append(cells, e.Versions[v].String())
	}
	var suites, findings []string
	for _, v := range tlsready.Versions() {
		for _, s := range e.Suites[v] {
			suites = append(suites, v.String()+" "+s)
		}
	}
	for _, f := range e.Findings {
		findings = append(findings, f.Against+": "+f.Text)
	}
	var leaf document.EndpointCertificate
	key, until := "", ""
	if len(e.Certificates) > 0 {
		leaf = e.Certificates[0]
		key, until = strings.TrimSpace(leaf.KeyType+" "+strconv.Itoa(leaf.KeyBits)), leaf.NotAfter.Format("2006-01-02")
	}
	yes, no, open, cut := countClients(p.clients)
	cells = append(cells, strings.Join(suites, "; "), strings.Join(e.Groups, "; "), leaf.Subject, key, leaf.Signature, until)
	for _, n := range []int{yes, no, open, cut} {
		cells = append(cells, clientCount(p, n))
	}
	cells = append(cells, strings.Join(findings, "; "), strconv.Itoa(e.Connections), p.errorText(c.words))
	for i := range cells {
		cells[i] = plainCell(cells[i])
	}
	return c.csv.Write(cells)
}

func clientCount(p *probed, n int) string {
	if len(p.clients) == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// countClients counts by answer, and those that --accepting would cut off.
func countClients(list []simulated) (yes, no, open, cut int) {
	for _, c := range list {
		switch c.answer {
		case tlsready.Yes:
			yes++
		case tlsready.No:
			no++
		default:
			open++
		}
		if cutOff(c) {
			cut++
		}
	}
	return yes, no, open, cut
}

func cutOff(c simulated) bool {
	return c.after != nil && c.answer == tlsready.Yes && c.after.answer == tlsready.No
}

// plainCell keeps a spreadsheet from taking a cell for a formula (OWASP, "CSV
// Injection").
func plainCell(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return s
	}
	return "'" + s
}

func (c *endpointCSV) finish() error {
	if err := c.begin(); err != nil {
		return err
	}
	c.csv.Flush()
	if err := c.csv.Error(); err != nil {
		return err
	}
	return c.out.Flush()
}
