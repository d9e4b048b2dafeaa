package commands

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/gate/export"
)

// vendor is an edge whose old TLS somebody switches off and on by hand.
type vendor struct {
	name    string // as --for has it
	shell   string // of its commands, as Markdown names it
	sources []string
	// words are what the reader puts his own in place of.
	words []string
	// shortest is the shortest window that is worth its commands.
	shortest time.Duration
	before   []string // what is written down before anything is changed
	do, undo func(minimum tlsready.Version) []string
}

// vendors are those of --for. Commands stand here only where a source has them.
func vendors() []vendor {
	return []vendor{
		{
			name: "httpsys", shell: "bat",
			sources: []string{
				"https://learn.microsoft.com/windows-server/security/tls/tls-registry-settings",
				"https://learn.microsoft.com/windows-server/administration/windows-commands/reg-add",
				"https://learn.microsoft.com/security/engineering/disable-legacy-tls",
			},
			shortest: time.Hour, // each window costs two restarts
			before:   []string{`reg export "` + protocols + `" schannel-before.reg /y`},
			do: func(minimum tlsready.Version) []string {
				return append(below(minimum, `reg add "%s\%s\Server" /v Enabled /t REG_DWORD /d 0 /f`), restart)
			},
			undo: func(minimum tlsready.Version) []string {
				return append(below(minimum, `reg delete "%s\%s\Server" /v Enabled /f`), "reg import schannel-before.reg", restart)
			},
		},
		{
			name: "aws-alb", shell: "sh",
			sources: []string{
				"https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
				"https://docs.aws.amazon.com/cli/latest/reference/elbv2/modify-listener.html",
				"https://docs.aws.amazon.com/cli/latest/reference/elbv2/describe-listeners.html",
			},
			words: []string{"LISTENER-ARN", "POLICY-BEFORE"}, shortest: byHand,
			before: []string{`aws elbv2 describe-listeners --listener-arns LISTENER-ARN --query "Listeners[0].SslPolicy" --output text`},
			do: func(minimum tlsready.Version) []string {
				return []string{"aws elbv2 modify-listener --listener-arn LISTENER-ARN --ssl-policy " + policies()[minimum]}
			},
			undo: func(tlsready.Version) []string {
				return []string{"aws elbv2 modify-listener --listener-arn LISTENER-ARN --ssl-policy POLICY-BEFORE"}
			},
		},
		{
			name: "azure", shell: "sh",
			sources: []string{
				"https://learn.microsoft.com/azure/app-service/overview-tls",
				"https://learn.microsoft.com/cli/azure/webapp/config",
			},
			words: []string{"GROUP", "APP", "VERSION-BEFORE"}, shortest: byHand,
			before: []string{"az webapp config show --resource-group GROUP --name APP --query minTlsVersion --output tsv"},
			do: func(minimum tlsready.Version) []string {
				return []string{"az webapp config set --resource-group GROUP --name APP --min-tls-version " + strings.TrimPrefix(minimum.String(), "TLS ")}
			},
			undo: func(tlsready.Version) []string {
				return []string{"az webapp config set --resource-group GROUP --name APP --min-tls-version VERSION-BEFORE"}
			},
		},
	}
}

// byHand is the shortest window that somebody opens and shuts with commands.
const byHand = 30 * time.Minute

const (
	protocols = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols`
	restart   = "shutdown /r /t 60"
)

// below writes a command for each version below a minimum that Schannel has a key for.
func below(minimum tlsready.Version, format string) []string {
	var list []string
	for _, v := range []tlsready.Version{tlsready.SSL20, tlsready.SSL30, tlsready.TLS10, tlsready.TLS11, tlsready.TLS12} {
		if v.Rank() < minimum.Rank() {
			list = append(list, fmt.Sprintf(format, protocols, v))
		}
	}
	return list
}

// policies are those of a load balancer by the lowest version that they take; of several
// with the same one, that with the most suites, so that the version alone changes.
func policies() map[tlsready.Version]string {
	return map[tlsready.Version]string{
		tlsready.TLS11: "ELBSecurityPolicy-TLS13-1-1-2021-06",
		tlsready.TLS12: "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
		tlsready.TLS13: "ELBSecurityPolicy-TLS13-1-3-2021-06",
	}
}

// Names are the words of --for.
func Names() []string {
	var list []string
	for _, v := range vendors() {
		list = append(list, v.name)
	}
	return list
}

// For is the engine of a vendor; nil for none of that name.
func For(name string) export.Engine {
	i := slices.IndexFunc(vendors(), func(v vendor) bool { return v.name == name })
	if i < 0 {
		return nil
	}
	return engine{vendors()[i]}
}
