package clients

import "strings"

// agent is what a user agent says of the stack behind it.
type agent struct {
	has    string // a part of the user agent, in lower case
	stack  Stack
	caller string // with a Windows version: the stack that the program uses
	remedy string // id of clients.remedy
}

// agents are parts of user agents of which their makers say what they mean, the more
// particular first.
//
//   - the tokens of Internet Explorer, and "Windows NT 6.1" for Windows 7 and its like:
//     https://learn.microsoft.com/previous-versions/windows/internet-explorer/ie-developer/compatibility/ms537503(v=vs.85)
//   - WinHttpRequest's own user agent: https://learn.microsoft.com/windows/win32/winhttp/iwinhttprequest-option
//   - Java's own, "Java/" and its version: networking properties of the JDK, http.agent
//   - curl, OpenSSL behind Python's requests and Go's client write their names themselves
func agents() []agent {
	return []agent{
		{has: "winhttp", stack: Stack{ID: "winhttp", Name: "WinHTTP", Is: Stated}, caller: "winhttp-x64", remedy: "windows-program"},
		{has: "microsoft-cryptoapi", stack: Stack{ID: "cryptoapi", Name: "Windows CryptoAPI", Is: Stated}, caller: "winhttp-x64", remedy: "windows-program"},
		{has: "msie ", stack: Stack{ID: "wininet", Name: "Internet Explorer / WinINET", Is: Stated}, caller: "wininet", remedy: "windows-program"},
		{has: "trident/", stack: Stack{ID: "wininet", Name: "Internet Explorer / WinINET", Is: Stated}, caller: "wininet", remedy: "windows-program"},
		{has: "windowspowershell/", stack: Stack{ID: "powershell-5.1", Name: "Windows PowerShell", Is: Stated}, caller: "powershell-5.1-x64", remedy: "windows-program"},
		{has: "java/1.6", stack: Stack{ID: "java-6", Name: "Java 6", Is: Stated}, remedy: "java-6"},
		{has: "java/1.7", stack: Stack{ID: "java-7", Name: "Java 7", Is: Stated}, remedy: "java-7"},
		{has: "java/1.8", stack: Stack{ID: "java-8", Name: "Java 8", Is: Stated}, remedy: "java-8"},
		{has: "java/", stack: Stack{ID: "java", Name: "Java", Is: Stated}, remedy: "java-8"},
		{has: "android 2.", stack: Stack{ID: "android-2", Name: "Android 2", Is: Stated}, remedy: "device"},
		{has: "android 4.", stack: Stack{ID: "android-4", Name: "Android 4", Is: Stated}, remedy: "device"},
		{has: "curl/", stack: Stack{ID: "curl", Name: "curl", Is: Stated}, remedy: "library"},
		{has: "wget/", stack: Stack{ID: "wget", Name: "Wget", Is: Stated}, remedy: "library"},
		{has: "python", stack: Stack{ID: "python", Name: "Python", Is: Stated}, remedy: "library"},
		{has: "go-http-client/", stack: Stack{ID: "go", Name: "Go", Is: Stated}, remedy: "library"},
	}
}

// agentOf is what a user agent says; false if it says nothing of its stack.
func agentOf(text string) (agent, bool) {
	low := strings.ToLower(text)
	for _, a := range agents() {
		if strings.Contains(low, a.has) {
			return a, true
		}
	}
	return agent{}, false
}

// windowsOf is the first system of the Windows version that a user agent names, by its id
// in the model: "Windows NT 6.1" is Windows 7, and Windows Server 2008 R2 alike.
func windowsOf(text string) string {
	low := strings.ToLower(text)
	for _, w := range [...][2]string{
		{"windows nt 5.1", "windows-xp"},
		{"windows nt 5.2", "windows-server-2003"},
		{"windows nt 6.0", "windows-vista"},
		{"windows nt 6.1", "windows-7"},
		{"windows nt 6.2", "windows-8"},
		{"windows nt 6.3", "windows-8.1"},
		{"windows nt 10.0", "windows-10-22h2"},
	} {
		if strings.Contains(low, w[0]) {
			return w[1]
		}
	}
	return ""
}
