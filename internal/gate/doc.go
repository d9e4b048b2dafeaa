// Package gate is the plan by which old TLS is switched off in stages: its configuration
// (tlsready.gate/v1), the one function that says what happens to a client at a time
// ([Config.Decide]), and the course of the plan over the years ([Config.Course]).
//
// The dry run over old traffic, the check of a plan and what is exported to a proxy all
// ask the same function. The time is always an argument; what the plan calls a day begins
// at midnight in its time zone.
package gate

import _ "time/tzdata" // a plan names its time zone, and Windows has no list of them in this form
