package scripts

import (
	"strings"
	"testing"
)

const (
	server = "Set x = CreateObject(\"MSXML2.ServerXMLHTTP.6.0\")\nx.Open \"GET\", \"https://api.example.com/\", False\nx.Send\n"
	winReq = "Set h = CreateObject(\"WinHttp.WinHttpRequest.5.1\")\n"
)

// holdVBScript compares what scripts ask for.
func holdVBScript(t *testing.T, table map[string]string) {
	t.Helper()
	for text, want := range table {
		if got := sum(WSH(text, ".vbs", nil)); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// Proves what a VBScript asks for, each way of saying it with a way that looks like it
// and says something else.
func TestVBScript(t *testing.T) {
	holdVBScript(t, map[string]string{
		server:                            "1=winhttp:default",
		"On Error Resume Next\n" + server: "2=winhttp:default",
		"Set x = CreateObject(\"MSXML2.ServerXMLHTTP\")":              "1=winhttp:default",
		"Set x = CreateObject(\"Msxml2.ServerXMLHTTP.3.0\")":          "1=winhttp:default",
		"Set x = WScript.CreateObject(\"Microsoft.XMLHTTP\"): x.Send": "1=wininet:default",
		"SET X = createobject ( \"MSXML2.XMLHTTP\" ) : X.send":        "1=wininet:default",
		"Set x = CreateObject(\"MSXML2.XMLHTTP.6.0\")":                "1=wininet:default",
		"Set x = CreateObject(\"Scripting.FileSystemObject\")":        "",
		// text and comments
		"' " + strings.ReplaceAll(server, "\n", "\n' "):                         "",
		"Rem Set x = CreateObject(\"MSXML2.ServerXMLHTTP\")":                    "",
		"x = 1 : Rem Set x = CreateObject(\"MSXML2.ServerXMLHTTP\")":            "",
		"MsgBox \"CreateObject(\"\"MSXML2.ServerXMLHTTP\"\")\"":                 "",
		"s = \"' no comment\" : Set x = CreateObject(\"MSXML2.ServerXMLHTTP\")": "1=winhttp:default",
		"Set x = _\n  CreateObject( _\n  \"MSXML2.ServerXMLHTTP\")":             "2=winhttp:default",
		// names that are put together
		"Const ID = \"MSXML2.ServerXMLHTTP\"\nSet x = CreateObject(ID & \".6.0\")":                               "2=winhttp:default",
		"p = \"MSXML2\" : p = p & \".XMLHTTP\"\nSet x = CreateObject(p)":                                         "2=wininet:default",
		"For Each id In Array(\"MSXML2.ServerXMLHTTP.6.0\", \"Msxml2.XMLHTTP\")\nSet x = CreateObject(id)\nNext": "2=winhttp:default 2=wininet:default",
		"Set x = CreateObject(WScript.Arguments(0)) : x.Open \"GET\", u : x.Send":                                "1=winhttp:default 1?object",
		"Set x = CreateObject(p)\nx.Save":                                                                        "",
		// versions that are named
		winReq + "h.Option(9) = 2048\nh.Send":                       "2=winhttp:1.2",
		winReq + "h.Option(9) = &H800\nh.Send":                      "2=winhttp:1.2",
		winReq + "h.Option(9) = &H800 Or &H200\nh.Send":             "2=winhttp:1.1,1.2",
		winReq + "h.Option(9) = 128\nh.Send":                        "2=winhttp:1.0",
		winReq + "Const SP = 9, T = 2048\nh.Option(SP) = T\nh.Send": "3=winhttp:1.2",
		winReq + "h.Option(4) = 13056\nh.Send":                      "1=winhttp:default",
		winReq + "h.Send\nh.Option(9) = 2048":                       "1=winhttp:default",
		winReq + "' h.Option(9) = 2048\nh.Send":                     "1=winhttp:default",
		winReq + "If x Then h.Option(9) = 2048\nh.Send":             "1=winhttp:default 2?condition",
		winReq + "If False Then h.Option(9) = 2048\nh.Send":         "1=winhttp:default",
		winReq + "If True Then\nh.Option(9) = 2048\nEnd If\nh.Send": "3=winhttp:1.2",
		winReq + "h.Option(9) = n\nh.Send":                          "1=winhttp:default 2?value",
		winReq + "h.Option(n) = 2048\nh.Send":                       "1=winhttp:default 2?value",
		winReq + "With h\n.Option(9) = 2048\n.Send\nEnd With":       "3=winhttp:1.2",
		server + "x.setOption 2, 13056":                             "1=winhttp:default",
	})
}

// Proves that what a VBScript never reaches does not count, and which other objects do.
func TestVBScriptReach(t *testing.T) {
	holdVBScript(t, map[string]string{
		// what is not reached
		"Sub Get()\n" + server + "End Sub":                                   "",
		"Sub Get()\n" + server + "End Sub\nGet":                              "2=winhttp:default",
		"Sub Get()\n" + server + "End Sub\nCall Get()":                       "2=winhttp:default",
		"Function G(u)\nExit Function\n" + server + "End Function\nx = G(1)": "",
		"WScript.Quit\n" + server:                                            "",
		"WScript.Quit 1\n" + server:                                          "",
		"If Err Then WScript.Quit\n" + server:                                "2=winhttp:default",
		"Sub Die\nWScript.Quit\nEnd Sub\nIf a Then Die\n" + server:           "5=winhttp:default",
		"If False Then\n" + server + "End If":                                "",
		"If 0 Then\n" + server + "Else\nEnd If":                              "",
		"If a Then\n" + server + "End If":                                    "2=winhttp:default",
		"If a Then x = 1 Else Set y = CreateObject(\"MSXML2.XMLHTTP\")":      "1=wininet:default",
		"While False\n" + server + "Wend":                                    "",
		"Do While True\n" + server + "Exit Do\nLoop":                         "2=winhttp:default",
		"Do Until True\n" + server + "Loop":                                  "",
		"Do\n" + server + "Loop Until a":                                     "2=winhttp:default",
		"For i = 1 To 3\n" + server + "Next":                                 "2=winhttp:default",
		"Select Case a\nCase 1\n" + server + "Case Else\nEnd Select":         "3=winhttp:default",
		"Select Case a\nCase 1\nCase Else\n" + server + "End Select":         "4=winhttp:default",
		"Class C\nPublic Sub Go()\n" + server + "End Sub\nEnd Class":         "",
		// others
		"Set d = CreateObject(\"Msxml2.DOMDocument\") : d.load \"https://a.example.com/x.xml\"":                                                            "1=wininet:default",
		"Set d = CreateObject(\"Msxml2.DOMDocument.6.0\")\nd.setProperty \"ServerHTTPRequest\", True\nd.load(\"https://a.example.com/x.xml\")":             "1=winhttp:default",
		"Set d = CreateObject(\"Msxml2.DOMDocument\") : d.load \"c:\\x.xml\"":                                                                              "",
		"Set c = CreateObject(\"ADODB.Connection\") : c.Open \"Provider=SQLOLEDB;Data Source=db01\"":                                                       "1=sql-client:default 1?mdac",
		"Set c = CreateObject(\"ADODB.Connection\") : c.Open \"Provider=MSOLEDBSQL;Data Source=db01\"":                                                     "1=sql-client:default",
		"Set c = CreateObject(\"ADODB.Connection\")\nc.ConnectionString = \"Driver={ODBC Driver 17 for SQL Server};\"\nc.Open":                             "2=sql-client:default",
		"Set c = CreateObject(\"ADODB.Connection\") : c.Open \"Provider=Microsoft.Jet.OLEDB.4.0;Data Source=a.mdb\"":                                       "",
		"Set c = CreateObject(\"ADODB.Connection\") : c.Open s":                                                                                            "1=sql-client:default 1?connection",
		"Set m = CreateObject(\"CDO.Message\")\nm.Configuration.Fields.Item(\"http://schemas.microsoft.com/cdo/configuration/smtpusessl\") = True\nm.Send": "2=:default 2?cdo",
		"Set m = CreateObject(\"CDO.Message\")\nm.Subject = \"x\"\nm.Send":                                                                                 "",
		"Set s = CreateObject(\"WScript.Shell\")\ns.Run \"curl https://a.example.com\", 0, True":                                                           "2=other:default",
		"CreateObject(\"WScript.Shell\").Run \"bitsadmin /transfer a https://a.example.com/x c:\\x\"":                                                      "1=winhttp:default",
		"Execute \"Set x = CreateObject(\"\"MSXML2.XMLHTTP\"\")\"":                                                                                         "1=wininet:default",
		server + "ExecuteGlobal s": "1=winhttp:default 4?unparsed",
	})
}

// Proves that a script of Windows Script Host is told from one of the web, and what it
// asks for.
func TestJScript(t *testing.T) {
	const open = "x.open('GET', 'https://api.example.com/', false);\nx.send();\n"
	for text, want := range map[string]string{
		"var x = new ActiveXObject('MSXML2.ServerXMLHTTP.6.0');\n" + open:                              "1=winhttp:default",
		"var x = new ActiveXObject(\"Microsoft.XMLHTTP\")\n" + open:                                    "1=wininet:default",
		"var x = WScript.CreateObject('WinHttp.WinHttpRequest.5.1');\nx.Option(9) = 0x800;\n" + open:   "2=winhttp:1.2",
		"var x = new ActiveXObject('WinHttp.WinHttpRequest.5.1')\nx.Option(9) = 512 | 2048\n" + open:   "2=winhttp:1.1,1.2",
		"// var x = new ActiveXObject('MSXML2.ServerXMLHTTP');\nWScript.Echo(1)":                       "",
		"/* var x = new ActiveXObject('MSXML2.ServerXMLHTTP'); */ WScript.Echo(1)":                     "",
		"var s = \"new ActiveXObject('MSXML2.ServerXMLHTTP')\"; WScript.Echo(s)":                       "",
		"var r = /new ActiveXObject('MSXML2.ServerXMLHTTP')/; WScript.Echo(r)":                         "",
		"function get() { var x = new ActiveXObject('MSXML2.ServerXMLHTTP'); x.send() }":               "",
		"get();\nfunction get() { var x = new ActiveXObject('MSXML2.ServerXMLHTTP'); x.send() }":       "2=winhttp:default",
		"(function () {\nvar x = new ActiveXObject('MSXML2.ServerXMLHTTP');\nx.send() })()":            "2=winhttp:default",
		"var f = function (u) { return new ActiveXObject(u) };\nvar x = f('MSXML2.XMLHTTP'); x.send()": "1=wininet:default",
		"if (false) { new ActiveXObject('MSXML2.XMLHTTP') }":                                           "",
		"if (0) new ActiveXObject('MSXML2.XMLHTTP'); else new ActiveXObject('MSXML2.ServerXMLHTTP')":   "1=winhttp:default",
		"WScript.Quit(1);\nnew ActiveXObject('MSXML2.XMLHTTP')":                                        "",
		"try { x = new ActiveXObject('MSXML2.ServerXMLHTTP') } catch (e) { WScript.Echo(e) }":          "1=winhttp:default",
		"for (var i = 0; i < 3; i++) { new ActiveXObject('MSXML2.XMLHTTP') }":                          "1=wininet:default",
		"var ids = ['MSXML2.ServerXMLHTTP'];\nvar x = new ActiveXObject(ids[0])":                       "2=winhttp:default",
		"var id = 'MSXML2' + '.XMLHTTP', y = 2\nvar x = new ActiveXObject(id)":                         "2=wininet:default",
		"switch (a) { case 1: new ActiveXObject('MSXML2.XMLHTTP'); break; default: }":                  "1=wininet:default",
		// of the web
		"var x = window.XMLHttpRequest ? new XMLHttpRequest() : new ActiveXObject('Microsoft.XMLHTTP'); x.send()": "",
		"function f() { try { return new ActiveXObject('Msxml2.XMLHTTP') } catch (e) {} return document.x }":      "",
		"fetch('https://a.example.com').then(function (r) { return r.json() })":                                   "",
		"const https = require('https'); https.get('https://a.example.com')":                                      "",
	} {
		if got := sum(WSH(text, ".js", nil)); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// Proves that pages are read by what runs on the server, with its places, and what
// they take in.
func TestPages(t *testing.T) {
	files := func(name string) (string, bool) {
		text, ok := map[string]string{"lib.vbs": "Function Get()\n" + server + "End Function", "lib.inc": "<%\nFunction Get()\n" + server + "End Function\n%>"}[name]
		return text, ok
	}
	for _, c := range []struct{ ending, text, want string }{
		{".asp", "<html>\n<%\n" + server + "%>\n<p>", "3=winhttp:default"},
		{".asp", "<% Set x = Server.CreateObject(\"MSXML2.ServerXMLHTTP\") : x.Send %>", "1=winhttp:default"},
		{".asp", "<p>CreateObject(\"MSXML2.ServerXMLHTTP\")</p><!-- <p> -->", ""},
		{".asp", "<script>new ActiveXObject('Microsoft.XMLHTTP')</script>", ""},
		{".asp", "<script language=\"JScript\" runat=\"server\">\nvar x = new ActiveXObject('MSXML2.XMLHTTP');</script>", "2=wininet:default"},
		{".asp", "<%@ Language=JScript %>\n<% var x = Server.CreateObject('MSXML2.ServerXMLHTTP'); %>", "2=winhttp:default"},
		{".asp", "<% If False Then %>\n<% " + server + " %>\n<% End If %>", ""},
		{".asp", "<% If a Then %>\n<b><% " + server + " %></b>\n<% Else %>\n<% End If %>", "2=winhttp:default"},
		{".asp", "<% Response.End %>\n<% " + server + " %>", ""},
		{".asp", "<!--#include file=\"lib.inc\"-->\n<% x = Get() %>", "1=winhttp:default"},
		{".asp", "<!--#include file=\"lib.inc\"-->\n<p><%= Get() %></p>", "1=winhttp:default"},
		{".asp", "<!--#include virtual=\"/gone.inc\"-->\n<% " + server + " %>", "2=winhttp:default 1?file"},
		{".asp", "<% x = 1 %>", ""},
		{".wsf", "<job><script language=\"VBScript\">\n" + server + "</script></job>", "2=winhttp:default"},
		{".wsf", "<job>\n<script language=\"VBScript\" src=\"lib.vbs\"/>\n<script language=\"VBScript\"><![CDATA[\nGet\n]]></script></job>", "2=winhttp:default"},
		{".wsf", "<job><script language=\"JScript\">\nvar x = new ActiveXObject('MSXML2.XMLHTTP');\n</script></job>", "2=wininet:default"},
		{".wsf", "<job><object id=\"x\" progid=\"MSXML2.ServerXMLHTTP\"/></job>", "1=winhttp:default"},
		{".hta", "<hta:application><script language=\"VBScript\">\nSub Go\n" + server + "End Sub</script><input onclick=\"Go\">", "3=winhttp:default"},
		{".hta", "<script>\nfunction go() { var x = new ActiveXObject('MSXML2.XMLHTTP'); x.send() }</script>", "2=wininet:default"},
		{".vbe", "#@~^DgAAAA==", "1?encoded"},
		{".vbs", "#@~^DgAAAA==\\ko$K6,J4+^VKJ^#~@", "1?encoded"},
		{".jse", "#@~^DgAAAA==", "1?encoded"},
	} {
		if got := sum(WSH(c.text, c.ending, files)); got != c.want {
			t.Errorf("%s %s\n got %s\nwant %s", c.ending, c.text, got, c.want)
		}
	}
}

// FuzzWSH: no text makes a reader of these scripts panic, or give a use without its
// place.
func FuzzWSH(f *testing.F) {
	f.Add(server)
	f.Add("If a Then x.y(1) = \"b\" & c Else For Each i In Array(1, 2) : Execute i : Next")
	f.Add("try { (function (a) { return new ActiveXObject(a) })('b').Option(9) = 1 | 2 } catch (e) { for (;;) {} }")
	f.Add("<%@ Language=JScript %><% if (a) { %><script runat=server language=vbscript>Sub a\nEnd Sub</script><% } %><!--#include file=\"a\"-->")
	f.Fuzz(func(t *testing.T, text string) {
		files := func(string) (string, bool) { return text, true }
		for _, ending := range []string{".vbs", ".js", ".asp", ".wsf", ".hta"} {
			for _, u := range WSH(text, ending, files).Uses {
				if u.Line < 1 || u.Column < 1 {
					t.Errorf("%s: %+v has no place", ending, u)
				}
			}
		}
	})
}
