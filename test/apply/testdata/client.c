/*
 * A small native program: it asks for one page over WinHTTP, with the protocols that
 * WinHTTP and Schannel take by default, and prints the answer or the error. It takes any
 * certificate, since that of a rehearsal is thrown away.
 *
 *	client HOST PORT PATH
 */
#include <windows.h>
#include <winhttp.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *step)
{
	printf("%s: error %lu\n", step, GetLastError());
	return 1;
}

int wmain(int argc, wchar_t **argv)
{
	DWORD flags = SECURITY_FLAG_IGNORE_UNKNOWN_CA | SECURITY_FLAG_IGNORE_CERT_CN_INVALID |
		SECURITY_FLAG_IGNORE_CERT_DATE_INVALID | SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE;
	HINTERNET session, connection, request;
	char text[4096];
	DWORD n;

	if (argc != 4)
		return 2;
	session = WinHttpOpen(L"rehearsal client", WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
	if (!session)
		return failed("open");
	WinHttpSetTimeouts(session, 15000, 15000, 15000, 15000);
	connection = WinHttpConnect(session, argv[1], (INTERNET_PORT)_wtoi(argv[2]), 0);
	if (!connection)
		return failed("connect");
	request = WinHttpOpenRequest(connection, L"GET", argv[3], NULL, NULL, NULL, WINHTTP_FLAG_SECURE);
	if (!request || !WinHttpSetOption(request, WINHTTP_OPTION_SECURITY_FLAGS, &flags, sizeof flags))
		return failed("request");
	if (!WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0) || !WinHttpReceiveResponse(request, NULL))
		return failed("send");
	while (WinHttpReadData(request, text, sizeof text - 1, &n) && n > 0) {
		text[n] = 0;
		fputs(text, stdout);
	}
	return 0;
}
