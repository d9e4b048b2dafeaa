package frame

import (
	"errors"
	"path/filepath"
)

// DataFolder is the folder of the user's data: on Windows that of local data, elsewhere that
// of the XDG Base Directory Specification. It need not be there.
func (app *App) DataFolder() (string, error) {
	for _, name := range []string{"LOCALAPPDATA", "XDG_DATA_HOME"} {
		if dir := app.Getenv(name); dir != "" {
			return filepath.Join(dir, "tlsready"), nil
		}
	}
	home := app.Getenv("HOME")
	if home == "" {
		return "", errors.New("neither HOME nor LOCALAPPDATA is set")
	}
	return filepath.Join(home, ".local", "share", "tlsready"), nil
}
