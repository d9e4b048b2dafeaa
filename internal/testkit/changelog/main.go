// Command changelog moves the entries of changelog.d into CHANGELOG.md, under
// "[Unreleased]". With -check it only says what is wrong with them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// width is that of the lines in CHANGELOG.md, in characters.
const width = 132

// unlabelled is the section of entries that stand under no heading.
const unlabelled = "Changed"

// sections are those of Keep a Changelog 1.1.0, in the order in which they stand.
func sections() []string {
	return []string{"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
}

func main() {
	check := flag.Bool("check", false, "only say what is wrong with the entries")
	flag.Parse()
	if err := run("changelog.d", "CHANGELOG.md", *check); err != nil {
		fmt.Fprintln(os.Stderr, "changelog:", err)
		os.Exit(1)
	}
}

// run reads the entries below dir and, unless they are only checked, writes them
// into log and removes their files.
func run(dir, log string, check bool) error {
	files, err := entryFiles(dir)
	if err != nil {
		return err
	}
	added := make(map[string][]string)
	var wrong []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		entries, err := parse(file, string(text))
		wrong = append(wrong, err)
		for section, list := range entries {
			added[section] = append(added[section], list...)
		}
	}
	if err := errors.Join(wrong...); err != nil || check {
		return err
	}
	text, err := os.ReadFile(log)
	if err != nil {
		return err
	}
	merged, err := merge(string(text), added)
	if err != nil {
		return fmt.Errorf("%s: %w", log, err)
	}
	if err := os.WriteFile(log, []byte(merged), 0o644); err != nil {
		return err
	}
	for _, file := range files {
		wrong = append(wrong, os.Remove(file))
	}
	return errors.Join(wrong...)
}

// entryFiles are the files of dir but its README.md, sorted by name. Anything but
// a file with a plain name is an error: it would never be merged.
func entryFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*\.md$`)
	var files []string
	for _, e := range entries {
		switch {
		case e.Name() == "README.md":
		case !e.Type().IsRegular() || !name.MatchString(e.Name()):
			return nil, fmt.Errorf("%s: want a file named like fix-keeps-undo.md", filepath.Join(dir, e.Name()))
		default:
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, nil
}

// parse reads the entries of one file by section. An entry is "- " and a sentence
// or more; lines that go on with it are indented by two spaces.
func parse(file, text string) (map[string][]string, error) {
	entries := make(map[string][]string)
	section, count := unlabelled, 0
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		list := entries[section]
		title, isTitle := strings.CutPrefix(line, "### ")
		switch {
		case strings.TrimRight(line, " \t\r") != line || strings.Contains(line, "\t"):
			return nil, fmt.Errorf("%s:%d: blanks at the end of the line, or a tab", file, i+1)
		case line == "":
		case isTitle && slices.Contains(sections(), title):
			section = title
		case strings.HasPrefix(line, "- ") && len(line) > 2:
			entries[section] = append(list, line[2:])
			count++
		case strings.HasPrefix(line, "  ") && len(list) > 0:
			list[len(list)-1] += " " + strings.TrimSpace(line)
		default:
			return nil, fmt.Errorf("%s:%d: want an entry that begins with \"- \", a line that goes on with it after two spaces, or a heading of %s",
				file, i+1, strings.Join(sections(), ", "))
		}
	}
	if count == 0 {
		return nil, fmt.Errorf("%s: no entry", file)
	}
	for _, list := range entries {
		for _, entry := range list {
			if !strings.HasSuffix(entry, ".") {
				return nil, fmt.Errorf("%s: an entry is whole sentences and ends with a full stop: %q", file, entry)
			}
		}
	}
	return entries, nil
}

// merge puts the entries at the end of their sections below "[Unreleased]". The
// sections that it lacks are added, all of them in their order.
func merge(log string, added map[string][]string) (string, error) {
	const begin = "## [Unreleased]\n"
	before, rest, ok := strings.Cut(log, begin)
	if !ok {
		return "", errors.New("no section \"## [Unreleased]\"")
	}
	unreleased, after := rest, ""
	if at := strings.Index(rest, "\n## "); at >= 0 {
		unreleased, after = rest[:at], rest[at:]
	}
	bodies := make(map[string]string)
	parts := strings.Split("\n"+unreleased, "\n### ")
	for _, part := range parts[1:] {
		title, body, _ := strings.Cut(part, "\n")
		if !slices.Contains(sections(), title) {
			return "", fmt.Errorf("the section %q is none of %s", title, strings.Join(sections(), ", "))
		}
		bodies[title] = strings.Trim(body, "\n") + "\n"
	}
	var b strings.Builder
	b.WriteString(before + begin)
	if lead := strings.Trim(parts[0], "\n"); lead != "" {
		b.WriteString("\n" + lead + "\n")
	}
	for _, section := range sections() {
		body := bodies[section]
		for _, entry := range added[section] {
			body += wrap(entry)
		}
		if body != "" {
			b.WriteString("\n### " + section + "\n\n" + body)
		}
	}
	return b.String() + after, nil
}

// wrap writes an entry in lines of at most width characters where its words let it.
func wrap(entry string) string {
	line, text := "-", ""
	for _, word := range strings.Fields(entry) {
		if len([]rune(line))+1+len([]rune(word)) > width && line != "-" {
			text, line = text+line+"\n", " "
		}
		line += " " + word
	}
	return text + line + "\n"
}
