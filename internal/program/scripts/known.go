package scripts

import "strings"

// webCmdlets are the cmdlets that take no notice of ServicePointManager from
// PowerShell 6 on, where they take -SslProtocol
// (https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/invoke-webrequest).
func isWebCmdlet(name string) bool {
	switch name {
	case "invoke-webrequest", "invoke-restmethod",
		"install-module", "update-module", "find-module", "save-module", "publish-module", "install-script", "update-script", "find-script", "save-script",
		"install-packageprovider", "find-packageprovider", "install-package", "find-package", "save-package", "register-psrepository", "register-packagesource",
		"install-psresource", "find-psresource", "save-psresource", "update-psresource", "publish-psresource", "update-help", "save-help":
		return true
	}
	return false
}

// isNetCmdlet says whether a cmdlet makes its TLS connections by the classes of .NET
// that ServicePointManager rules.
func isNetCmdlet(name string) bool {
	switch name {
	case "send-mailmessage", "new-webserviceproxy", "export-odataendpointproxy", "add-azaccount", "add-azureaccount", "login-azaccount", "login-azurermaccount":
		return true
	}
	service, ok := strings.CutPrefix(name, "connect-")
	if !ok {
		return false
	}
	for _, s := range []string{"az", "msolservice", "exchangeonline", "ippssession", "sposervice", "pnponline", "mggraph", "microsoftteams", "viserver", "graph", "powerbi", "partnercenter"} {
		if strings.HasPrefix(service, s) {
			return true
		}
	}
	return false
}

// comStack is the stack that an automation object uses, by its program id.
//
// ServerXMLHTTP is built on WinHTTP and XMLHTTP on WinINET:
// https://learn.microsoft.com/previous-versions/windows/desktop/ms761352(v=vs.85).
// WinHttpRequest is WinHTTP's own object:
// https://learn.microsoft.com/windows/win32/winhttp/winhttprequest.
// ADO and the providers behind it use the SQL Server client:
// https://learn.microsoft.com/troubleshoot/sql/database-engine/connect/tls-1-2-support-microsoft-sql-server.
// Which TLS CDO speaks is documented nowhere.
func comStack(id string) (stack Stack, code string, ok bool) {
	id = strings.ToLower(strings.TrimSpace(id))
	switch {
	case strings.HasPrefix(id, "winhttp.winhttprequest"), strings.HasPrefix(id, "msxml2.serverxmlhttp"), strings.HasPrefix(id, "microsoft.serverxmlhttp"), id == "microsoft.update.session", id == "microsoft.update.searcher":
		return WinHTTP, "", true
	case strings.HasPrefix(id, "msxml2.xmlhttp"), strings.HasPrefix(id, "microsoft.xmlhttp"), strings.HasPrefix(id, "msxml3.xmlhttp"), id == "msxml.xmlhttp", strings.HasPrefix(id, "internetexplorer.application"), strings.HasPrefix(id, "inetctls.inet"):
		return WinINET, "", true
	case strings.HasPrefix(id, "adodb.connection"), strings.HasPrefix(id, "adodb.recordset"), strings.HasPrefix(id, "adodb.command"), strings.HasPrefix(id, "sqldmo."), strings.HasPrefix(id, "sqlxmlbulkload"):
		return SQL, "", true
	case strings.HasPrefix(id, "cdo.message"):
		return None, "cdo", true
	case strings.HasPrefix(id, "soap.soapclient"), strings.HasPrefix(id, "mssoap.soapclient"):
		return WinINET, "", true
	}
	return None, "", false
}

// program is what a program that a script starts does about TLS.
type program struct {
	stack Stack
	code  string // why its versions are not certain
}

// knownProgram knows the programs of Windows that make connections. The second name
// of certutil's switches may begin with either sign.
func knownProgram(name string, words []string) (program, bool) {
	switch name {
	case "bitsadmin":
		return program{stack: WinHTTP}, true
	case "curl", "wget", "aria2c":
		return program{Other, "own-tls"}, true
	case "certutil":
		for _, w := range words {
			switch strings.ToLower(strings.TrimLeft(w, "-/")) {
			case "urlcache", "url", "ping", "verifyctl", "syncwithwu":
				return program{WinHTTP, "certutil"}, true
			}
		}
	case "sqlcmd", "osql", "bcp", "isql":
		return program{stack: SQL}, true
	}
	return program{}, false
}
