//go:build linux

package lab

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsready"
	"tlsready/test/lab/labkit"
)

// nginxBlocks starts one nginx with these server blocks, each with a port of its
// own for the %d in it, and gives the addresses.
func nginxBlocks(t *testing.T, dir string, blocks ...string) []string {
	t.Helper()
	nginx := labkit.Need(t, "nginx", "nginx-light")
	conf := fmt.Sprintf("daemon off;\nmaster_process off;\nworker_processes 1;\nerror_log stderr crit;\npid %[1]s/nginx.pid;\nevents { worker_connections 512; }\nhttp {\naccess_log off;\n", dir)
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		conf += fmt.Sprintf("%s_temp_path %s/%s;\n", name, dir, name)
	}
	var addresses []string
	for i, port := range labkit.Ports(t, len(blocks)) {
		addresses = append(addresses, labkit.At(port))
		conf += strings.ReplaceAll(blocks[i], "PORT", fmt.Sprintf("127.0.0.1:%d", port)) + "\n"
	}
	file := filepath.Join(dir, "nginx.conf")
	labkit.Write(t, file, conf+"}\n")
	labkit.Start(t, exec.Command(nginx, "-e", "stderr", "-p", dir, "-c", file), addresses...)
	return addresses
}

// nginxServer is one server block on PORT.
func nginxServer(keys []labkit.Key, settings string) string {
	block := "server {\nlisten PORT ssl;\nserver_name lab.test;\n"
	for _, k := range keys {
		block += fmt.Sprintf("ssl_certificate %s;\nssl_certificate_key %s;\n", k.Cert, k.Key)
	}
	return block + settings + "\n}"
}

// rejecting is a default server on PORT that takes no name but those of others.
const rejecting = "server {\nlisten PORT ssl default_server;\nssl_reject_handshake on;\n%s\n}\n"

// Proves that what probe says of nginx is what its configuration says, even if the
// default server of a socket overrides the one that is named.
func TestNginx(t *testing.T) {
	t.Parallel()
	dir := labkit.Dir(t)
	keys := labkit.MakeKeys(t, dir)
	rsa, ec := []labkit.Key{keys.RSA}, []labkit.Key{keys.EC}
	const everything = "ALL:!aNULL:!DHE:@SECLEVEL=0" // without ssl_dhparam there is no DHE
	named := nginxServer(rsa, "ssl_protocols TLSv1.2 TLSv1.3;")
	rows := []labkit.Row{
		{Name: "the server name is needed, and given", Versions: "1.2", Key: &keys.RSA},
		{Name: "the server name is needed, and another given", Flags: []string{"--sni", "other.test"}, Versions: "?1.2 ?1.3", Error: "no hello was answered"},
		{Name: "1.2 and 1.3", Versions: "1.2 1.3", Key: &keys.RSA, Suites: labkit.OpenSSL(t, "HIGH:!aNULL:!DHE:!MD5", "rsa", tlsready.TLS12, tlsready.TLS13)},
		{Name: "1.0 to 1.3", Versions: "1.0 1.1 1.2 1.3", Key: &keys.RSA, Suites: labkit.OpenSSL(t, everything, "rsa", tlsready.TLS10, tlsready.TLS11, tlsready.TLS12, tlsready.TLS13)},
		{Name: "the default server allows less", Versions: "1.2", Key: &keys.RSA},
		{Name: "the default server allows more", Versions: "1.0 1.1 1.2", Key: &keys.RSA},
		{Name: "1.3 with one suite", Versions: "1.3", Key: &keys.EC, Suites: "1.3: TLS_CHACHA20_POLY1305_SHA256"},
		{Name: "an RSA and an EC key", Versions: "1.2 1.3", Suites: "1.2: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; " + labkit.Suites13},
		{Name: "client certificate demanded, one curve", Versions: "1.2 1.3", Key: &keys.RSA, Groups: "secp384r1"},
		{Name: "its own order", Versions: "1.0 1.1 1.2", Key: &keys.RSA, Groups: "-", Suites: "1.0: TLS_RSA_WITH_AES_128_CBC_SHA; 1.1: TLS_RSA_WITH_AES_128_CBC_SHA; 1.2: TLS_RSA_WITH_AES_128_CBC_SHA TLS_RSA_WITH_AES_256_GCM_SHA384"},
		{Name: "plain HTTP", Error: "does not speak TLS"},
	}
	addresses := nginxBlocks(t, dir,
		fmt.Sprintf(rejecting, "ssl_protocols TLSv1.2;")+named,
		fmt.Sprintf(rejecting, "ssl_protocols TLSv1.2 TLSv1.3;")+named,
		nginxServer(rsa, "ssl_protocols TLSv1.2 TLSv1.3;"),
		nginxServer(rsa, "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\nssl_ciphers "+everything+";"),
		fmt.Sprintf(rejecting, "ssl_protocols TLSv1.2;")+nginxServer(rsa, "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\nssl_ciphers "+everything+";"),
		fmt.Sprintf(rejecting, "ssl_protocols TLSv1 TLSv1.1 TLSv1.2;\nssl_ciphers "+everything+";")+nginxServer(rsa, "ssl_protocols TLSv1.2;\nssl_ciphers "+everything+";"),
		nginxServer(ec, "ssl_protocols TLSv1.3;\nssl_conf_command Ciphersuites TLS_CHACHA20_POLY1305_SHA256;"),
		nginxServer([]labkit.Key{keys.RSA, keys.EC}, "ssl_protocols TLSv1.2 TLSv1.3;\nssl_ciphers ECDHE+AES128+AESGCM;"),
		nginxServer(rsa, "ssl_verify_client on;\nssl_client_certificate "+keys.EC.Cert+";\nssl_ecdh_curve secp384r1;\nssl_protocols TLSv1.2 TLSv1.3;"),
		nginxServer(rsa, "ssl_prefer_server_ciphers on;\nssl_protocols TLSv1 TLSv1.1 TLSv1.2;\nssl_ciphers AES256-GCM-SHA384:AES128-SHA:@SECLEVEL=0;"),
		"server { listen PORT; }",
	)
	for i, r := range rows {
		r.Address, r.Open = addresses[i], unknownWithoutSNI
		t.Run(r.Name, r.Check)
	}
}

// unknownWithoutSNI also lets clients that name no server be unknown if a server has to
// be named: the prediction rests on what it takes when it is named.
func unknownWithoutSNI(client, why string) bool {
	windows, _, _ := strings.Cut(client, "/")
	old := windows == "windows-xp" || windows == "windows-server-2003"
	return labkit.CurvePair(client, why) || old && strings.Contains(why, "alert 112")
}
