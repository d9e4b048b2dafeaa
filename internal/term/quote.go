package term

import (
	"strings"
	"unicode"
)

// QuoteArg writes an argument for a shell: cmd.exe and PowerShell take double quotes,
// POSIX shells leave everything alone between single ones.
func QuoteArg(s string, windows bool) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(`._-/:,@+=\`, r)
	}
	switch {
	case s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 && (windows || !strings.Contains(s, `\`)):
		return s
	case windows:
		return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
