package files

import (
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/source"
)

// foreign is a form in which settings are shown, and from which they cannot be taken
// with certainty.
type foreign struct {
	what, hint string // ids of its texts
	is         func(text, name string) bool
}

func foreignForms() []foreign {
	return []foreign{
		{what: "files.foreign-network-check", hint: "files.hint.foreign-network-check", is: func(text, name string) bool {
			low := strings.ToLower(name)
			return strings.HasPrefix(low, "azurebackup_check_nw_") || strings.HasPrefix(low, "asr_check_nw_") || strings.Contains(text, "Result of tnc - 443 / from") || strings.Contains(text, "========== TLS CHECK ==========")
		}},
		{what: "files.foreign-policy-text", hint: "files.hint.policy-report", is: func(text, _ string) bool {
			return strings.Contains(text, "Group Policy Result tool v") || hasLine(text, "RSOP data for ", " : Logging Mode")
		}},
		{what: "files.foreign-health-html", hint: "files.hint.foreign-health-html", is: func(text, name string) bool {
			return strings.HasPrefix(strings.ToLower(name), "exchangeallserversreport") && strings.Contains(strings.ToLower(text), "<html")
		}},
		{what: "files.foreign-regedit-text", hint: "files.hint.foreign-regedit-text", is: func(text, _ string) bool {
			return hasLine(text, "Key Name:", "HKEY_") && hasLine(text, "Class Name:", "") || hasLine(text, "キー名:", "HKEY_")
		}},
		{what: "files.foreign-table", hint: "files.hint.foreign-table", is: func(text, _ string) bool {
			return hasLine(text, "Hive: HKEY_", "") || hasLine(text, "ハイブ: HKEY_", "") || hasLine(text, "----", "") && strings.Contains(text, "PSPath") && strings.Contains(text, "PSParentPath")
		}},
	}
}

// hasLine says whether a line begins with a word, blanks left aside, and holds another.
func hasLine(text, first, also string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, first) && strings.Contains(line, also) {
			return true
		}
	}
	return false
}

// Unread recognises settings shown in forms that cannot be read, to be able to say
// which command gives a file that can.
func Unread() source.Kind {
	return source.Kind{
		Name: "unread", Limit: maxConsole, Extensions: []string{".txt", ".log"},
		Sniff: func(head []byte, name string) bool { return foreignForm(head, name) != nil },
		Read: func(in source.Input, _ source.Options) ([]source.Host, error) {
			f := foreignForm(in.Files[0].Data[:min(len(in.Files[0].Data), source.HeadLength)], baseName(in.Files[0].Path))
			if f == nil {
				return nil, message.Error("source.unknown-file").At(in.Path)
			}
			return nil, message.Error(f.what).At(in.Path).Hinted(f.hint)
		},
	}
}

// baseName is the last part of a path, whichever system wrote it.
func baseName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

func foreignForm(head []byte, name string) *foreign {
	text, err := source.Text(head)
	if err != nil {
		return nil
	}
	for _, f := range foreignForms() {
		if f.is(text, name) {
			return &f
		}
	}
	return nil
}
