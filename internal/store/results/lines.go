package results

import (
	"encoding/json"
	"io"
	"slices"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// WriteLines writes a batch as lines of [document.ResultSchema], as [ReadLine] reads them.
// Exemptions are people's decisions and no result of a run: they are left out.
func WriteLines(w io.Writer, b *store.Batch) error {
	enc := json.NewEncoder(w)
	line := func(kind string) document.Result {
		return document.Result{Line: document.Line{Schema: document.ResultSchema, Kind: kind}}
	}
	for i := range b.Hosts {
		one, err := hostLine(line(document.ResultHost), &b.Hosts[i])
		if err == nil {
			err = enc.Encode(one)
		}
		if err != nil {
			return err
		}
	}
	for _, e := range b.Endpoints {
		one := line(document.ResultEndpoint)
		body, err := json.Marshal(e.Endpoint)
		if one.At, one.Endpoint = e.At, body; err == nil {
			err = enc.Encode(one)
		}
		if err != nil {
			return err
		}
	}
	for _, o := range b.Observations {
		one := line(document.ResultObserved)
		one.Observation = &document.ResultObservation{
			Day: string(o.Day), Client: o.Client, Server: o.Server, ServerName: o.ServerName, Stack: o.Stack, Offered: o.Offered, Negotiated: o.Negotiated,
			Survives: o.Survives, ClientName: o.ClientName, Owner: o.Owner, Connections: o.Count, First: o.First, Last: o.Last,
		}
		if err := enc.Encode(one); err != nil {
			return err
		}
	}
	return writeRest(enc, b, line)
}

func writeRest(enc *json.Encoder, b *store.Batch, line func(string) document.Result) error {
	for _, f := range b.Fixes {
		one := line(document.ResultFix)
		one.Fix = &document.HostFix{Host: f.Host, Service: f.Service, State: string(f.State), At: f.At, By: f.By, Changes: f.Changes}
		if err := enc.Encode(one); err != nil {
			return err
		}
	}
	for _, o := range b.Owners {
		one := line(document.ResultOwnerOfSome)
		one.Owner = &document.ResultOwner{Kind: o.Kind, ID: o.ID, Owner: o.Owner, Mail: o.Mail, At: o.At}
		if err := enc.Encode(one); err != nil {
			return err
		}
	}
	return nil
}

func hostLine(one document.Result, h *store.HostResult) (document.Result, error) {
	one.ID, one.At, one.Error = h.ID, h.At, h.Error
	for _, o := range h.Outcomes {
		one.Outcomes = append(one.Outcomes, document.ResultOutcome{
			Series: document.Series(o.Series), Day: string(o.Day), Host: o.Outcome.Host, Rows: o.Outcome.Rows,
		})
	}
	if h.Settings == nil {
		return one, nil
	}
	body, err := h.Settings.Encode()
	one.Settings = body
	return one, err
}

// ReadLine adds what a line of [document.ResultSchema] says to a batch. An error says what
// is wrong with the line.
func ReadLine(line []byte, b *store.Batch) error {
	var r document.Result
	if err := json.Unmarshal(line, &r); err != nil || r.Schema != document.ResultSchema {
		return message.Error("store.result.json")
	}
	switch {
	case r.Kind == document.ResultHost:
		return readHost(&r, b)
	case r.Kind == document.ResultEndpoint && !r.At.IsZero():
		e, err := document.ReadEndpoint(r.Endpoint)
		if err != nil {
			return message.Error("store.result.json")
		}
		b.Endpoints = append(b.Endpoints, store.EndpointResult{At: r.At, Endpoint: e})
	case r.Kind == document.ResultObserved && r.Observation != nil:
		return readObservation(r.Observation, b)
	case r.Kind == document.ResultFix && r.Fix != nil:
		return readFix(r.Fix, b)
	case r.Kind == document.ResultOwnerOfSome && r.Owner != nil && r.Owner.ID != "":
		o := r.Owner
		if !slices.Contains([]string{store.KindHost, store.KindClient, store.KindEndpoint}, o.Kind) {
			return message.Error("store.result.kind", message.Quote("kind", o.Kind))
		}
		b.Owners = append(b.Owners, store.Owner{Kind: o.Kind, ID: o.ID, Owner: o.Owner, Mail: o.Mail, At: o.At})
	default:
		return message.Error("store.result.kind", message.Quote("kind", r.Kind))
	}
	return nil
}

func readHost(r *document.Result, b *store.Batch) error {
	h := store.HostResult{ID: r.ID, At: r.At, Error: r.Error}
	if len(r.Settings) > 0 {
		s, err := host.Decode(r.Settings, nil)
		if err != nil {
			return err
		}
		h.Settings, h.Error = s, ""
	}
	if h.ID == "" || h.At.IsZero() || h.Settings == nil && h.Error == "" {
		return message.Error("store.result.host")
	}
	for _, o := range r.Outcomes {
		day, ok := dayOf(o.Day)
		if !ok || o.Series.Service == "" || document.Rank(o.Host.Verdict) < 0 {
			return message.Error("store.result.outcome")
		}
		h.Outcomes = append(h.Outcomes, store.JudgedService{Series: store.Series(o.Series), Day: day, Outcome: store.Outcome{Host: o.Host, Rows: o.Rows}})
	}
	b.Hosts = append(b.Hosts, h)
	return nil
}

func readObservation(o *document.ResultObservation, b *store.Batch) error {
	day, ok := dayOf(o.Day)
	if !ok || o.Client == "" && o.ClientName == "" || o.Connections < 1 || !slices.Contains([]string{"yes", "no", "unknown"}, o.Survives) {
		return message.Error("store.result.observation")
	}
	b.Observations = append(b.Observations, store.Observation{
		Day: day, Client: o.Client, Server: o.Server, ServerName: o.ServerName, Stack: o.Stack, Offered: o.Offered, Negotiated: o.Negotiated,
		Survives: o.Survives, ClientName: o.ClientName, Owner: o.Owner, Count: o.Connections, First: o.First, Last: o.Last,
	})
	return nil
}

// readFix takes what a run did: written for somebody, applied, undone. What people decide
// is no result.
func readFix(f *document.HostFix, b *store.Batch) error {
	switch s := store.FixState(f.State); s {
	case store.FixGiven, store.FixApplied, store.FixUndone:
		b.Fixes = append(b.Fixes, store.Fix{Host: f.Host, Service: f.Service, State: s, At: f.At, By: f.By, Changes: f.Changes})
		return nil
	}
	return message.Error("store.result.fix")
}

// dayOf reads a day as the store writes it.
func dayOf(text string) (store.Day, bool) {
	t, err := time.Parse(time.DateOnly, text)
	return store.Day(text), err == nil && !t.IsZero()
}
