// Package wine holds the tests that need Wine: what we write for Windows is read
// by another implementation of the registry and of cmd.
package wine

import (
	"os"
	"testing"

	"tlsready/internal/testkit/winekit"
)

func TestMain(m *testing.M) { os.Exit(winekit.Main(m)) }
