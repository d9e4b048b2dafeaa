package clients

import (
	"cmp"
	"strings"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/fingerprint"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// Remedies knows what the owner of a client can do. For Windows that is what the model
// computes: the fewest settings after which the system's own stack survives. It is not
// safe for concurrent use.
type Remedies struct {
	demand Demand
	model  *stack.Model
	fixer  *fix.Fixer
	fixed  map[string]message.Text // by system and caller
	agents map[string]byAgent
}

type byAgent struct {
	stack  Stack
	remedy message.Text
}

// maxAgents bounds the user agents that are remembered.
const maxAgents = 1 << 12

// NewRemedies makes remedies for those who are to survive a demand.
func NewRemedies(model *stack.Model, d Demand) (*Remedies, error) {
	fixer, err := fix.New(&verdict.Judge{Model: model}, nil)
	if err != nil {
		return nil, err
	}
	return &Remedies{demand: d, model: model, fixer: fixer, fixed: map[string]message.Text{}, agents: map[string]byAgent{}}, nil
}

// ForMatch is what helps the stack that a hello was recognised as.
func (r *Remedies) ForMatch(m fingerprint.Match) message.Text {
	if r == nil {
		return message.Text{}
	}
	_, program, _ := strings.Cut(m.Stack, "/")
	switch m.Remedy {
	case fingerprint.WindowsSetting:
		return r.first(m.Systems, cmp.Or(program, "schannel"), "clients.remedy.registry")
	case fingerprint.WindowsMaybe:
		return r.first(m.Systems, cmp.Or(program, "schannel"), "clients.remedy.registry-maybe")
	case fingerprint.NoRemedy:
		if len(m.Systems) > 0 {
			return message.New("clients.remedy.windows-suites")
		}
		return message.New("clients.remedy.suites")
	}
	return m.Advice()
}

// first is the settings that help the first of the systems that settings help.
func (r *Remedies) first(systems []string, program, id string) message.Text {
	for _, system := range systems {
		if text := r.settings(system, program); !text.IsZero() {
			if text.ID == "clients.remedy.registry" {
				text.ID = id
			}
			return text
		}
	}
	return message.New("clients.remedy.windows-off")
}

// settings is what the model would set on a system on which nothing is set yet; zero if
// no settings help.
func (r *Remedies) settings(system, program string) message.Text {
	key := system + "/" + program
	text, ok := r.fixed[key]
	if !ok {
		text = r.compute(system, program)
		r.fixed[key] = text
	}
	return text
}

func (r *Remedies) compute(system, program string) message.Text {
	c, ok, err := caller.ByID(program)
	if !ok || err != nil {
		return message.Text{}
	}
	for _, s := range r.model.Systems() {
		if s.ID != system {
			continue
		}
		client := endpoint.ClientsOnSystem(s, []*caller.Caller{c})[0]
		demand := verdict.Demand{Phases: []verdict.Phase{{Accepts: r.demand.Accepts}}}
		out := r.fixer.Judge.Host(client.View, []*caller.Caller{c}, demand)
		switch {
		case out.Verdict == verdict.Connects: // as it comes it would do: somebody switched it off
			return message.New("clients.remedy.windows-off")
		case out.Verdict != verdict.Fails:
			return message.Text{}
		}
		plan, err := r.fixer.Host(client.View, []fix.Demand{{Demand: demand, Callers: []*caller.Caller{c}}}, []verdict.Judgement{out})
		if err != nil || !plan.Given {
			return message.Text{}
		}
		return planText(s.Name, &plan)
	}
	return message.Text{}
}

// planText is a fix in one sentence.
func planText(system string, plan *fix.Plan) message.Text {
	var parts []string
	for _, p := range plan.Prerequisites {
		parts = append(parts, p.ID)
	}
	for _, c := range plan.Changes {
		parts = append(parts, changeText(c))
	}
	return message.New("clients.remedy.registry", message.Str("system", system), message.Str("changes", strings.Join(parts, "; ")),
		message.Sub("restart", message.New("restart."+plan.Restart.String())))
}

func changeText(c host.Change) string {
	d := document.ChangeOf(c)
	return d.Key + " " + d.Name + "=" + d.Data.Display()
}

// forAgent is what a user agent says of the stack behind it, and what helps that.
func (r *Remedies) forAgent(text string) (Stack, message.Text) {
	if text == "" || r == nil {
		return Stack{}, message.New("clients.remedy.ask")
	}
	known, ok := r.agents[text]
	if !ok {
		known = r.agent(text)
		if len(r.agents) >= maxAgents {
			clear(r.agents)
		}
		r.agents[text] = known
	}
	return known.stack, known.remedy
}

func (r *Remedies) agent(text string) byAgent {
	a, ok := agentOf(text)
	system := windowsOf(text)
	if !ok && system == "" {
		return byAgent{remedy: message.New("clients.remedy.ask")}
	}
	out := byAgent{stack: a.stack, remedy: message.New("clients.remedy.ask")}
	if a.remedy != "" {
		out.remedy = message.New("clients.remedy." + a.remedy)
	}
	if a.caller == "" || system == "" {
		return out
	}
	out.stack.ID = system + "/" + a.stack.ID
	if fixed := r.settings(system, a.caller); !fixed.IsZero() {
		out.remedy = fixed
	} else if r.lacks(system) {
		out.remedy = message.New("fingerprint.remedy." + string(fingerprint.WindowsReplace))
	}
	return out
}

// lacks says whether a system has no TLS 1.2 and none can be brought to it.
func (r *Remedies) lacks(system string) bool {
	for _, s := range r.model.Systems() {
		if s.ID == system {
			return r.model.LacksTLS12ForGood(s.OS)
		}
	}
	return false
}
