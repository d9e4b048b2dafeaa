package digest

import (
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// Step is something to do about an inventory, with the commands for it.
type Step struct {
	Text     string
	Commands []string
}

// Steps are the commands that turn a list of systems into verdicts.
func (w Words) Steps(c *view.Commands) []Step {
	targets, dir := w.D("inventory.targets"), w.D("inventory.snapshots")
	return []Step{
		{w.D("inventory.step1"), []string{c.Check + " -o hosts=" + targets}},
		{w.D("inventory.step2"), []string{
			"tlsready collect --hosts " + targets + " --via smb://admin@ --dir " + dir,
			w.D("inventory.or", message.Str("command", "tlsready collector cmd -o collect.cmd")),
		}},
		{w.D("inventory.step3"), []string{c.On(dir)}},
	}
}

// fewSystems is up to how many hosts known by their systems alone are named one by one.
const fewSystems = 16

// Inventory says whether nothing but systems is known: a list was judged.
func (d *Digest) Inventory() bool {
	return d.Summary.Fails == 0 && d.Summary.Connects == 0 && d.Exposed.N+d.Spared.N > fewSystems
}
