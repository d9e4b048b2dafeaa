package digest

import (
	"slices"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// Step is something to do about an inventory, with the commands for it.
type Step struct {
	Text     string
	Commands []string
}

// Steps are the commands that turn a list of systems into verdicts. Where a vault knows which
// machines have the program, its own list comes first: all others are then out of it.
func (w Words) Steps(c *view.Commands, d *Digest) []Step {
	targets, dir := w.D("inventory.targets"), w.D("inventory.snapshots")
	var list []Step
	if slices.ContainsFunc(d.Head.Services, func(s document.Service) bool { return s.ID == backup }) && d.unlooked() {
		c = c.With(w.D("inventory.vault"))
		list = append(list, Step{w.D("inventory.step-vault"), []string{c.Check}})
	}
	return append(list, []Step{
		{w.D("inventory.step1"), []string{c.Check + " -o hosts=" + targets}},
		{w.D("inventory.step2"), []string{
			"tlsready collect --hosts " + targets + " --via smb://admin@ --dir " + dir,
			w.D("inventory.or", message.Str("command", "tlsready collector cmd -o collect.cmd")),
		}},
		{w.D("inventory.step3"), []string{c.With(dir).Check}},
	}...)
}

// backup is the service whose vault has a list of its machines that is read as a source.
const backup = "azure-backup"

// unlooked says that programs were looked for on none of the hosts.
func (d *Digest) unlooked() bool {
	return d.Starred > 0 && d.Starred == d.Summary.Unknown && d.Summary.NotInstalled == 0
}

// fewSystems is up to how many hosts known by their systems alone are named one by one.
const fewSystems = 16

// Inventory says whether nothing but systems is known: a list was judged.
func (d *Digest) Inventory() bool {
	return d.Summary.Fails == 0 && d.Summary.Connects == 0 && d.Exposed.N+d.Spared.N > fewSystems
}
