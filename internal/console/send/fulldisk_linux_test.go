package send

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"tlsready/internal/message"
	testparts "tlsready/internal/testkit/parts"
)

// Proves that results which can neither be sent nor kept, because the disk is full, are not
// said to be kept: the run is told both, and nothing is left by half. With room again the
// same batch is kept, and sent later.
func TestKeptOnFullDisk(t *testing.T) {
	disk, ok := testparts.SmallDisk(t, 1<<20)
	if !ok {
		return
	}
	s, server, _ := serving(t)
	for range 100 {
		s.answers = append(s.answers, status(503))
	}
	b := server.Batches()
	b.Kept = server.KeptIn(disk, "acme")
	if err := os.Mkdir(b.Kept.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	free := testparts.Fill(t, disk, 0)
	err := b.Record(t.Context(), batch(3, "no answer"))
	var away *AwayError
	what, hint := message.For("en").Problem(err)
	if !errors.As(err, &away) || !errors.Is(err, syscall.ENOSPC) || b.Left != 0 || !strings.HasPrefix(what, b.Kept.Dir()+": ") || !strings.Contains(what, "no space left") || !strings.Contains(hint, "make room") {
		t.Errorf("%v, %d are said to be kept\n%s\n%s", err, b.Left, what, hint)
	}
	if list, _ := os.ReadDir(b.Kept.Dir()); len(list) > 0 {
		t.Errorf("%v is left", list)
	}
	free()
	if err := b.Record(t.Context(), batch(3, "no answer")); err != nil || b.Left != 1 {
		t.Fatalf("with room again: %v, %d kept", err, b.Left)
	}
	s.answers = nil
	if sent, left, err := b.Resend(t.Context(), nil); sent != 1 || left != 0 || err != nil || len(s.hosts) != 3 {
		t.Errorf("%d sent, %d left, %v, %d hosts", sent, left, err, len(s.hosts))
	}
}
