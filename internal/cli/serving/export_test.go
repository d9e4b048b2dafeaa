package serving

import (
	"tlsready/internal/console"
	"tlsready/internal/console/web"
	"tlsready/internal/jobs"
)

// Routes are everything that the server answers, for the tests beside this file.
func Routes(o console.Options, work *jobs.Jobs) ([]web.Route, error) { return routes(o, work) }
