package files

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"tlsready/internal/host"
	"tlsready/internal/winver"
)

// systemInfo is what systeminfo.exe, or the first line of cmd.exe, says of a
// machine.
type systemInfo struct {
	host    string
	os      host.OS
	updates *host.Updates // never complete: systeminfo leaves updates out

	inside bool // within what systeminfo printed
	fixes  bool // within its list of updates
}

// infoField is a field of systeminfo that is read.
type infoField int

const (
	infoOther infoField = iota
	infoHost
	infoName
	infoVersion
	infoRole
	infoMachine
	infoFixes
)

// infoFields are their names in English and Japanese, without blanks.
func infoFields() map[string]infoField {
	return map[string]infoField{
		"hostname": infoHost, "ホスト名": infoHost, "osname": infoName, "os名": infoName, "osversion": infoVersion, "osバージョン": infoVersion,
		"osconfiguration": infoRole, "os構成": infoRole, "systemtype": infoMachine, "システムの種類": infoMachine,
		"hotfix(s)": infoFixes, "ホットフィックス": infoFixes, "修正プログラム": infoFixes,
	}
}

// infoLine takes "OS Name:    Microsoft Windows …" apart.
func infoLine(line string) (f infoField, text string) {
	name, text, ok := strings.Cut(width.Fold.String(line), ":")
	if !ok || strings.HasPrefix(line, " ") {
		return infoOther, ""
	}
	return infoFields()[strings.ToLower(strings.ReplaceAll(name, " ", ""))], strings.TrimSpace(text)
}

// isSystemInfo says whether a line is one of those by which systeminfo is known.
func isSystemInfo(line string) bool {
	f, text := infoLine(line)
	return f == infoVersion && buildWord.MatchString(text) || f == infoName && strings.Contains(text, "Windows")
}

var (
	// buildWord is "6.3.9600 N/A Build 9600" in any language.
	buildWord = regexp.MustCompile(`^(\d{1,2}\.\d\.\d{4,5})\s+(.*?)\s*\S+\s+(\d{4,5})$`)
	// banner is the first line of cmd.exe, and what ver prints.
	banner = regexp.MustCompile(`^Microsoft Windows \[[^\d\]]*(\d{1,2}\.\d\.\d{4,5}(?:\.\d{1,5})?)\]$`)
	// hotfix is "[01]: KB2919355".
	hotfix = regexp.MustCompile(`^\s+\[\d{1,4}\]:\s*(KB\d{6,8})\b`)
)

// take takes a line, and says whether it is one of these.
func (s *systemInfo) take(line string) bool {
	if m := banner.FindStringSubmatch(line); m != nil {
		if os, ok := winver.ParseVersion(m[1]); ok && s.os.Build == 0 {
			s.os = os
		}
		return true
	}
	f, text := infoLine(line)
	if f == infoHost || isSystemInfo(line) {
		s.inside = true
	}
	if !s.inside || strings.TrimSpace(line) == "" {
		s.inside = false
		return false
	}
	if m := hotfix.FindStringSubmatch(line); m != nil && s.fixes {
		s.update(m[1])
		return true
	}
	s.fixes = f == infoFixes || s.fixes && strings.HasPrefix(line, " ")
	s.field(f, text)
	return true
}

func (s *systemInfo) field(f infoField, text string) {
	switch f {
	case infoHost:
		s.host = text
	case infoName:
		s.os.Name = text
	case infoVersion:
		if m := buildWord.FindStringSubmatch(text); m != nil {
			revision := s.os.Revision
			name, kind, arch := s.os.Name, s.os.Type, s.os.Architecture
			s.os, _ = winver.ParseVersion(m[1])
			s.os.Name, s.os.Type, s.os.Architecture, s.os.Revision = name, kind, arch, revision
			if pack := winver.ServicePack(m[2]); pack > 0 {
				s.os.ServicePack = pack
			}
		}
	case infoRole:
		s.os.Type = roleType(text)
	case infoMachine:
		s.os.Architecture = winver.Architecture(strings.TrimSuffix(strings.SplitN(text, " ", 2)[0], "-based"))
	case infoFixes:
		s.fixCount(text)
	}
}

// roleType reads "OS Configuration"; "" if it does not mention a server.
func roleType(text string) string {
	low := strings.ToLower(text)
	switch {
	case strings.Contains(low, "domain controller") || strings.Contains(text, "ドメイン コントローラー"):
		return "domain-controller"
	case strings.Contains(low, "server") || strings.Contains(text, "サーバー"):
		return "server"
	case strings.Contains(low, "workstation") || strings.Contains(text, "ワークステーション"):
		return "client"
	}
	return ""
}

// fixCount begins the list of updates.
func (s *systemInfo) fixCount(text string) {
	if _, err := strconv.Atoi(strings.SplitN(text, " ", 2)[0]); err == nil && s.updates == nil {
		s.updates = &host.Updates{IDs: []string{}}
	}
}

func (s *systemInfo) update(id string) {
	if s.updates == nil {
		s.updates = &host.Updates{IDs: []string{}}
	}
	if !slices.Contains(s.updates.IDs, id) {
		s.updates.IDs = append(s.updates.IDs, id)
	}
}

// fill completes a snapshot whose registry does not say it.
func (s *systemInfo) fill(to *host.Snapshot) {
	if s.os.Build != 0 && s.os.Build == to.OS.Build {
		if to.OS.Name == "" {
			to.OS.Name = winver.ProductName(s.os.Name, s.os.Build)
		}
		if to.OS.Architecture == "" {
			to.OS.Architecture = s.os.Architecture
		}
		if to.OS.Type == "" {
			to.OS.Type = s.os.Type
		}
		if to.OS.Type == "" {
			to.OS.Type = winver.TypeByName(to.OS.Name)
		}
		if s.os.ServicePack > 0 {
			to.OS.ServicePack = s.os.ServicePack
		}
		to.OS.Revision = max(to.OS.Revision, s.os.Revision)
	}
	if to.Updates == nil && s.updates != nil {
		slices.Sort(s.updates.IDs)
		to.Updates = s.updates
	}
}
