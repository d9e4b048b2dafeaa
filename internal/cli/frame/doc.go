// Package frame is what the commands share: the run with its streams, environment and
// language; the common flags with their twins in the environment and the configuration
// file; outputs that appear whole or not at all; help, errors and exit status. It knows
// no command.
package frame
