// Package program reads what an executable, its configuration or a script says
// about its TLS, and names the caller that it is. Nothing is run, and nothing
// but files is read.
package program

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/message"
)

// MaxFile is the largest file that is read: large installers and single-file
// programs stay below it.
const MaxFile = 512 << 20

// Finding is what a file says about its TLS.
type Finding struct {
	// Path is the file as it was given.
	Path string
	// Caller is the id of the caller that the program is: "winhttp-x64",
	// "dotnet-4.5.2-x86:tls1.0", "other". It is empty if the file shows no TLS,
	// as most libraries do. For a .NET Framework program whose configuration turns
	// the switches of System.Net, the id is that of the target framework as which
	// it then behaves.
	Caller string
	// Also holds further callers that parts of the same program are, sorted.
	Also []string
	// OnX86 holds, for a program whose bitness is that of the system, the ids that
	// take the place of those above on 32-bit Windows: "dotnet-4.7.2-x86" for
	// "dotnet-4.7.2-x64". An id without bitness is the same on both.
	OnX86 []string
	// Target is the target framework that the file states ("4.5.2"), or "".
	Target string
	// Why lists what the ids rest on, in the order in which they were found.
	Why []Reason
	// Unclear lists those reasons that leave the versions uncertain: whatever the host
	// is set to, it is not known what the program asks for.
	Unclear []Reason
	// Switches are the AppContext switches that its configuration sets.
	Switches map[string]string
	// Proxy is what its configuration says about a proxy: an address, "pac:"
	// and the address of a script, "none", or "" for what the system has.
	Proxy string
}

// Reason is one piece of evidence: a code with arguments. Its words are the
// text "program.<code>".
type Reason struct {
	Code string            `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// Callers lists Caller and Also; it is empty if no TLS was seen.
func (f Finding) Callers() []string {
	if f.Caller == "" {
		return nil
	}
	return append([]string{f.Caller}, f.Also...)
}

func (f *Finding) why(code string, pairs ...string) {
	r := Reason{Code: code}
	if len(pairs) > 0 {
		r.Args = make(map[string]string, len(pairs)/2)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Args[pairs[i]] = pairs[i+1]
	}
	if !slices.ContainsFunc(f.Why, func(have Reason) bool { return sameReason(have, r) }) {
		f.Why = append(f.Why, r)
	}
}

func sameReason(a, b Reason) bool {
	if a.Code != b.Code || len(a.Args) != len(b.Args) {
		return false
	}
	for name, value := range a.Args {
		if b.Args[name] != value {
			return false
		}
	}
	return true
}

// is adds a caller: the first is the program's, the rest are its parts'.
func (f *Finding) is(id string) {
	switch {
	case f.Caller == "":
		f.Caller = id
	case f.Caller != id && !slices.Contains(f.Also, id):
		f.Also = append(f.Also, id)
		slices.Sort(f.Also)
	}
}

// Inspect reads one program with the configuration and the libraries next to it,
// one configuration file, or one script. Files come through read, which answers
// fs.ErrNotExist for one that is not there; nil reads from disk. The error names
// the file and what is wrong with it. Parts are the libraries that were read with
// the program.
func Inspect(path string, read func(path string) ([]byte, error)) (f Finding, parts []string, err error) {
	if read == nil {
		read = ReadFile
	}
	return inspect(path, read)
}

// ErrKind is the error for a file that is neither a program nor a configuration
// nor a script.
var ErrKind = message.Error("program-file.kind")

func inspect(path string, read func(string) ([]byte, error)) (Finding, []string, error) {
	f := Finding{Path: path}
	data, err := read(path)
	if err != nil {
		return f, nil, message.At(path, plain(err))
	}
	p := &inspection{Finding: &f, read: read, dir: dirOf(path)}
	switch {
	case isScript(path):
		p.script(data)
	case bytes.HasPrefix(data, []byte("MZ")):
		err = p.program(data)
	case isConfig(path, data):
		err = p.configAlone(data)
	default:
		err = ErrKind
	}
	if err != nil {
		return Finding{Path: path}, nil, message.At(path, err)
	}
	f.OnX86 = p.onX86()
	return f, p.parts, nil
}

// inspection is one program being read.
type inspection struct {
	*Finding
	read  func(string) ([]byte, error)
	dir   string
	parts []string // libraries next to the program that were read

	neutral bool // its bitness is that of the system
}

// onX86 gives the ids that differ on 32-bit Windows.
func (p *inspection) onX86() []string {
	if !p.neutral {
		return nil
	}
	var ids []string
	for _, id := range p.Callers() {
		base, named, hasNames := strings.Cut(id, ":")
		other, ok := strings.CutSuffix(base, "-x64")
		if !ok {
			continue
		}
		if other += "-x86"; hasNames {
			other += ":" + named
		}
		if !slices.Contains(ids, other) && !slices.Contains(p.Callers(), other) {
			ids = append(ids, other)
		}
	}
	return ids
}

// plain drops the path from an error that names it: ours does.
func plain(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// dirOf and baseOf take both separators, since listings of Windows machines are
// read elsewhere too.
func dirOf(path string) string  { return path[:len(path)-len(baseOf(path))] }
func baseOf(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

func hasExt(path string, list ...string) bool {
	ext := filepath.Ext(strings.ToLower(baseOf(path)))
	return slices.Contains(list, ext)
}

// program reads an executable or a library.
func (p *inspection) program(data []byte) error {
	im, err := openImage(data)
	if err != nil {
		return err
	}
	conf, err := p.beside()
	if err != nil {
		return err
	}
	if conf != nil {
		p.Switches, p.Proxy = conf.switches, conf.proxy
		p.proxyReason(conf)
	}
	if im.dirs[dirCLI].rva != 0 && im.dirs[dirCLI].size != 0 {
		if conf != nil {
			defer p.hides(conf)
		}
		return p.managed(im, conf)
	}
	p.native(im, conf)
	return nil
}

// beside reads the configuration next to the program; nil if there is none.
func (p *inspection) beside() (*config, error) {
	name := p.Path + ".config"
	data, err := p.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, message.At(baseOf(name), plain(err))
	}
	conf, err := readConfig(baseOf(name), data)
	if err != nil {
		return nil, message.At(baseOf(name), err)
	}
	p.joinSections(conf)
	return conf, nil
}

func (p *inspection) proxyReason(c *config) {
	switch {
	case c.proxy == "":
	case c.proxy == "none":
		p.why("proxy-none", "file", c.file)
	default:
		p.why("proxy", "file", c.file, "proxy", c.proxy)
	}
}
