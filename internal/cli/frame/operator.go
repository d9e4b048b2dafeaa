package frame

import "os/user"

// Operator is who runs the program, as the system calls them: for the audit log.
func Operator() string {
	u, err := user.Current()
	if err != nil {
		return "command line"
	}
	return u.Username
}
