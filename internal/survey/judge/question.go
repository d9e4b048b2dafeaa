package judge

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/assess"
	"tlsready/internal/caller"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/stack"
	"tlsready/internal/userfile"
	"tlsready/internal/verdict"
)

// Question is what is asked of hosts, as a user names it.
type Question struct {
	// Services are ids, files, and servers as host:SNAPSHOT, whose own settings say
	// what they accept. Without services and endpoints, those whose programs a host
	// has are asked, else the generic one.
	Services  []string
	Profiles  []*service.Profile // asked besides Services, of those that lie in no file
	Endpoints []string           // host:port; what Probe finds that each accepts is asked
	Callers   []string           // ids and files, in place of those of the services
	Programs  []*caller.Caller   // callers besides those
	// Recipe is a file: what if its changes were made? They are made on the servers of
	// host:SNAPSHOT if there are any, else on the hosts; "" for none.
	Recipe        string
	On            service.Date // the day; zero: the beginning of the last phase, or Today if that is later
	Today         service.Date
	AssumeUpdates bool         // take every update as installed
	Seen          *assess.Seen // what watch saw of the hosts; nil: nothing

	Reading source.Options     // how snapshots are read, and machines again
	Warn    func(message.Text) // may be nil
	// Probe finds what an endpoint accepts, and what it does otherwise than the servers
	// of host:SNAPSHOT predict by their settings without the recipe. nil: there are no
	// Endpoints.
	Probe func(ctx context.Context, target string, servers []*host.Snapshot) (Endpoint, error)
}

// Endpoint is what an endpoint demands of clients.
type Endpoint struct {
	verdict.Demand
	Differs Difference // without findings if there were no servers, or nothing differs
}

// GenericService is asked of hosts that have no service's program.
const GenericService = "tls12"

// ServerPrefix begins the name of a service that is a server's own settings, and of a
// client that is a host.
const ServerPrefix = "host:"

// Judging reads what the question names, and asks for its endpoints. An error is a
// [Mistake] if something named does not exist or is wrong.
func (q Question) Judging(ctx context.Context) (*Judging, error) {
	model, err := stack.New()
	if err != nil {
		return nil, err
	}
	a := asking{Question: q, j: &Judging{On: q.On, Today: q.Today, Model: model, Reading: q.Reading}}
	if a.j.Assessor, err = assess.New(model); err != nil {
		return nil, err
	}
	a.j.Assessor.AssumeUpdates, a.j.Assessor.WithDocumented, a.j.Assessor.Seen = q.AssumeUpdates, true, q.Seen
	if err := a.demands(ctx); err != nil {
		return nil, err
	}
	return a.j, a.assume()
}

// asking turns a question into judging.
type asking struct {
	Question
	j       *Judging
	servers []*host.Snapshot // of host:SNAPSHOT
}

func (a *asking) demands(ctx context.Context) error {
	asked := a.Services
	automatic := len(asked) == 0 && len(a.Endpoints) == 0 && len(a.Profiles) == 0
	if automatic {
		asked = []string{GenericService}
	}
	profiles, others, err := a.read(ctx, asked)
	if err != nil {
		return err
	}
	profiles = append(profiles, a.Profiles...)
	for _, word := range a.Endpoints {
		d, err := a.endpoint(ctx, word)
		if err != nil {
			return err
		}
		others = append(others, d)
	}
	a.chooseDay(profiles)
	assessor := a.j.Assessor
	if assessor.Services, err = a.demanded(profiles); err != nil {
		return err
	}
	assessor.Services = append(assessor.Services, others...)
	if automatic && len(a.Callers)+len(a.Programs) == 0 {
		assessor.Auto, err = a.demanded(automaticProfiles())
	}
	return err
}

// read reads profiles, and servers from their snapshots.
func (a *asking) read(ctx context.Context, asked []string) (profiles []*service.Profile, servers []assess.Demanded, err error) {
	for _, one := range asked {
		if path, ok := strings.CutPrefix(one, ServerPrefix); ok {
			d, err := a.server(ctx, path)
			if err != nil {
				return nil, nil, err
			}
			servers = append(servers, d)
			continue
		}
		p, err := Service(one)
		if err != nil {
			return nil, nil, err
		}
		profiles = append(profiles, p)
	}
	return profiles, servers, nil
}

// automaticProfiles are the services that are asked of hosts that have their
// programs.
func automaticProfiles() []*service.Profile {
	var all []*service.Profile
	for _, id := range service.IDs() {
		if p, ok, err := service.ByID(id); ok && err == nil && id != GenericService { // a test reads them all
			all = append(all, p)
		}
	}
	return all
}

// chooseDay takes the beginning of the last phase if no day is given, or today if that
// is later.
func (a *asking) chooseDay(profiles []*service.Profile) {
	if !a.j.On.IsZero() {
		return
	}
	a.j.On = a.j.Today
	for _, p := range profiles {
		if from := p.Last().From; from.After(a.j.On.Time) {
			a.j.On = from
		}
	}
}

func (a *asking) demanded(profiles []*service.Profile) ([]assess.Demanded, error) {
	var list []assess.Demanded
	for _, p := range profiles {
		d := assess.Demanded{Profile: p, Demand: assess.DemandOf(p, a.j.On), Explicit: len(a.Callers)+len(a.Programs) > 0}
		ids := p.Callers
		if d.Explicit {
			ids = a.Callers
		}
		named, err := Callers(ids)
		if err != nil {
			return nil, err
		}
		d.Callers = append(named, a.Programs...)
		list = append(list, d)
	}
	return list, nil
}

// withCallers is a demand that comes from no profile, with the callers that are judged
// against it: those that were named, else those of the generic service.
func (a *asking) withCallers(demand verdict.Demand) (assess.Demanded, error) {
	ids := a.Callers
	if len(ids) == 0 {
		generic, _, err := service.ByID(GenericService)
		if err != nil {
			return assess.Demanded{}, err
		}
		ids = generic.Callers
	}
	callers, err := Callers(ids)
	return assess.Demanded{Demand: demand, Callers: callers, Explicit: true}, err
}

// server predicts what a Windows server accepts from its own snapshot.
func (a *asking) server(ctx context.Context, path string) (assess.Demanded, error) {
	s, err := source.ReadOne(ctx, path, a.Reading)
	if err != nil {
		return assess.Demanded{}, SourceError(err)
	}
	a.servers = append(a.servers, s)
	v := host.NewView(s)
	if a.Recipe != "" {
		assumed, err := readRecipe(a.Recipe)
		if err != nil {
			return assess.Demanded{}, err
		}
		assumed.OnServer = true
		a.j.Assessor.Assumed = assumed
		v = v.With(assumed.Changes()...).WithUnsure(assumed.Unsure()...)
	}
	accepts, _ := a.j.Model.Serve(v)
	if on := a.j.Assessor.Assumed; on != nil && on.Opaque() { // nobody knows its settings
		accepts = tlsready.Acceptance{Versions: tlsready.UnknownOf[tlsready.Version]()}
	}
	return a.withCallers(verdict.Demand{Service: ServerPrefix + s.Name, Phases: []verdict.Phase{{Accepts: assess.Resolve(accepts)}}})
}

// endpoint asks what a target accepts.
func (a *asking) endpoint(ctx context.Context, target string) (assess.Demanded, error) {
	found, err := a.Probe(ctx, target, a.servers)
	if err != nil {
		return assess.Demanded{}, err
	}
	if len(found.Differs.Findings) > 0 {
		if a.j.Differences == nil {
			a.j.Differences = map[string]Difference{}
		}
		a.j.Differences[found.Service] = found.Differs
	}
	return a.withCallers(found.Demand)
}

// maxRecipe bounds what --with names, in bytes: a script of a few thousand lines.
const maxRecipe = 4 << 20

// assume takes the recipe for hosts, unless it was for servers.
func (a *asking) assume() (err error) {
	if a.Recipe != "" && len(a.servers) == 0 {
		a.j.Assessor.Assumed, err = readRecipe(a.Recipe)
	}
	return err
}

// readRecipe reads what a recipe would do.
func readRecipe(path string) (*assess.Assumed, error) {
	data, err := RecipeFile(path)
	if err != nil {
		return nil, err
	}
	r, err := formats.ReadBeside(path, data, besideOf(path))
	if err != nil {
		return nil, &Mistake{message.At("", err)}
	}
	return &assess.Assumed{File: path, Reading: r}, nil
}

// besideOf reads files in the folder of a recipe, by their names in any case.
func besideOf(path string) func(name string) ([]byte, bool) {
	dir := filepath.Dir(path)
	return func(name string) ([]byte, bool) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, false
		}
		at := slices.IndexFunc(entries, func(e os.DirEntry) bool { return e.Type().IsRegular() && strings.EqualFold(e.Name(), name) })
		if at < 0 {
			return nil, false
		}
		data, err := userfile.Read(filepath.Join(dir, entries[at].Name()), maxRecipe)
		return data, err == nil
	}
}

// RecipeFile reads a recipe.
func RecipeFile(path string) ([]byte, error) {
	data, err := userfile.Read(path, maxRecipe)
	if err != nil {
		return nil, CannotRead(path, err)
	}
	return data, nil
}
