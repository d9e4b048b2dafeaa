//go:build unix

package deploy_test

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"

	"tlsready/internal/testkit/postgreskit"
)

// silent is a server that takes connections and says nothing, until it is closed.
type silent struct {
	net.Listener
	mu   sync.Mutex
	open []net.Conn
}

func listenSilently(t *testing.T) *silent {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := &silent{Listener: l}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open = append(s.open, c)
			s.mu.Unlock()
		}
	}()
	t.Cleanup(s.end)
	return s
}

// asked says whether somebody has connected.
func (s *silent) asked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) > 0
}

func (s *silent) end() {
	_ = s.Close() // it may be closed
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		_ = c.Close() // it may be closed by the other side
	}
	s.open = nil
}

// Proves that a server which is told to stop while a job waits for a machine that does not
// answer ends by itself, and that the next one does the job.
func testStopDuringJob(t *testing.T, database *postgreskit.Server) {
	home, place := t.TempDir(), database.New(t)
	args := []string{"--store", database.URL(place)}
	s, base := serve(t, home, args...)
	quiet := listenSilently(t)
	database.Exec(t, place, fmt.Sprintf(`INSERT INTO river_job (kind, args, queue, max_attempts, priority, state)
		VALUES ('plan', '{"kind": "probe", "tenant": "default", "targets": ["%s"]}', 'plan', 6, 1, 'available')`, quiet.Addr()))
	until(t, "the job runs", quiet.asked)
	if _, text := get(t.Context(), base+"/metrics"); !strings.Contains(text, `tlsready_jobs{kind="probe",site="",state="running",tenant="default"} 1`) {
		t.Errorf("it is not counted as running: %s", text)
	}
	if took, status := s.stop(t, syscall.SIGTERM); status != 0 || took > patience/2 {
		t.Errorf("it ended after %v with status %d", took, status)
	}
	quiet.end()
	_, base = serve(t, home, args...)
	until(t, "the next server does the job", func() bool {
		_, text := get(t.Context(), base+"/metrics")
		return strings.Contains(text, `tlsready_jobs_ended_total{kind="probe",result="done",site="",tenant="default"} 1`)
	})
}
