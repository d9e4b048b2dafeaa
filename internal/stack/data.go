package stack

import (
	"embed"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/strictyaml"
)

//go:embed data/*.yaml
var files embed.FS

type windowsFile struct {
	Citations  []string                 `yaml:"citations"`
	Systems    []systemData             `yaml:"systems"`
	Signatures map[string]signatureData `yaml:"signatures"`
}

type systemData struct {
	Build                int                     `yaml:"build"`
	Protocols            map[string]protocolData `yaml:"protocols"`
	WinHTTP              []tlsready.Version      `yaml:"winhttp"`
	WinHTTPUpdate        string                  `yaml:"winhttpUpdate"` // without it the value is not read
	WinHTTPNeedsSchannel bool                    `yaml:"winhttpNeedsSchannel"`
	WinHTTPBits          []tlsready.Version      `yaml:"winhttpBits"` // what the value can name; empty: every version
	Dropped              droppedData             `yaml:"dropped"`     // what left the defaults of WinHTTP and WinINET
	WinINET              []tlsready.Version      `yaml:"wininet"`
	WinINETFromIE11      []tlsready.Version      `yaml:"wininetFromIE11"`
	DotNet35Update       string                  `yaml:"dotnet35Update"`
	Suites               string                  `yaml:"suites"`
	SuitesUpdate         string                  `yaml:"suitesUpdate"`
	DHESuitesUpdate      string                  `yaml:"dheSuitesUpdate"` // brings DHE_RSA with CBC
	Groups               []tlsready.Group        `yaml:"groups"`
	Signatures           string                  `yaml:"signatures"`
	SignaturesUpdate     string                  `yaml:"signaturesUpdate"`
	Upgrade              bool                    `yaml:"upgrade"` // no update brings TLS 1.2
}

type protocolData struct {
	Client string `yaml:"client"`
	Server string `yaml:"server"`
	Update string `yaml:"update"`
}

type droppedData struct {
	Versions []tlsready.Version `yaml:"versions"`
	Revision int                `yaml:"revision"`
}

type signatureData struct {
	Default []tlsready.SignatureScheme `yaml:"default"`
	Patched []tlsready.SignatureScheme `yaml:"patched"` // the whole list once the update is there
	Unsure  []tlsready.SignatureScheme `yaml:"unsure"`
}

type suitesFile struct {
	Citations []string             `yaml:"citations"`
	Lists     map[string]suiteList `yaml:"lists"`
}

type suiteList struct {
	Default    []string         `yaml:"default"`
	Without    []string         `yaml:"without"`
	WithoutDHE []string         `yaml:"withoutDHE"`
	Older      []string         `yaml:"older"` // the order while the suites update is missing
	Supported  []tlsready.Suite `yaml:"supported"`
}

// Update is a Windows update on which a rule depends.
type Update struct {
	ID                string                       `yaml:"id"`
	Gives             map[string]string            `yaml:"gives"`
	Builds            []int                        `yaml:"builds"`
	Files             map[string]map[string]string `yaml:"files"`
	Revision          map[int]int                  `yaml:"revision"`
	NotForClients     []int                        `yaml:"notForClients"` // builds for whose client edition it was never offered
	IncludedFromBuild int                          `yaml:"includedFromBuild"`
	Listed            listedData                   `yaml:"listed"` // a list in the registry that names what it adds
	AlsoProvedBy      []string                     `yaml:"alsoProvedBy"`
	Assumed           bool                         `yaml:"assumed"` // taken as there unless a complete list lacks it
	Citations         []string                     `yaml:"citations"`
}

type listedData struct {
	Key  string `yaml:"key"`
	Name string `yaml:"name"`
	Item string `yaml:"item"`
}

type updatesFile struct {
	Rollups map[string][]string `yaml:"rollups"` // anchors for alsoProvedBy
	Updates []Update            `yaml:"updates"`
}

// Rule is a piece of what the model knows: what it rests on and where it is
// written.
type Rule struct {
	ID        string   `yaml:"id"`
	Basis     string   `yaml:"basis"` // documented, source-code, measured, inferred
	Citations []string `yaml:"citations"`
	Disputed  []string `yaml:"disputed"` // sources that say otherwise
}

type rulesFile struct {
	Rules []Rule `yaml:"rules"`
}

func load(name string, into any) error {
	data, err := files.ReadFile("data/" + name)
	if err != nil {
		return err
	}
	if err := strictyaml.Decode(data, into); err != nil {
		return message.At(name, err)
	}
	return nil
}

// Rules lists every rule of the model, by id.
func Rules() ([]Rule, error) {
	var f rulesFile
	err := load("rules.yaml", &f)
	return f.Rules, err
}
