package formats_test

import "tlsready/internal/observe/logs/formats"

func azureStorageSamples() []example {
	record := `{"time":"2026-11-28T10:00:00.0932497Z","resourceId":"/subscriptions/x/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/exampleacc/blobServices/default","category":"StorageRead","operationName":"GetBlob","operationVersion":"2020-10-02","schemaVersion":"1.0","statusCode":200,"statusText":"Success","durationMs":111,"callerIpAddress":"192.0.2.7:62289","correlationId":"bf26f099","identity":{"type":"AccountKey","tokenHash":"key1(4C81)"},"location":"Japan East","properties":{"accountName":"exampleacc","userAgentHeader":"Azure-Storage/2.0","etag":"\"0x8DA5\"","serviceType":"blob","tlsVersion":"TLS 1.0"},"uri":"https://exampleacc.blob.core.windows.net:443/c/b?x=1","protocol":"HTTPS","resourceType":"Microsoft.Storage/storageAccounts/blobServices"}`
	want := "2026-11-28T10:00:00.0932497Z client=192.0.2.7:62289 host=exampleacc sni=exampleacc.blob.core.windows.net got=TLS 1.0 ua=Azure-Storage/2.0"
	return []example{
		{"resource logs in lines", record + "\n" + record + "\n", []string{want, want}, formats.Options{}},
		{"from an event hub", `{"records":[` + record + `]}`, []string{want}, formats.Options{}},
		{
			"the portal's CSV",
			"\ufeff\"TimeGenerated [UTC]\",AccountName,OperationName,CallerIpAddress,Uri,UserAgentHeader,TlsVersion,RequesterUpn\r\n" +
				"\"11/28/2026, 10:00:00.123 PM\",exampleacc,GetBlob,\"192.0.2.7:62289\",\"https://exampleacc.blob.core.windows.net:443/a,b\",\"a \"\"b\"\"\nc\",\"TLS 1.2\",alice@example.com\r\n" +
				"\"11/28/2026, 10:00:01.123 PM\",exampleacc,GetBlob,10.0.0.4,http://x/,,,\r\n",
			[]string{"2026-11-28T22:00:00.123Z client=192.0.2.7:62289 host=exampleacc sni=exampleacc.blob.core.windows.net got=TLS 1.2 ua=a \"b\"\nc principal=alice@example.com"},
			formats.Options{},
		},
		{
			"the command line's JSON",
			"[\n  {\n    \"AccountName\": \"exampleacc\",\n    \"CallerIpAddress\": \"192.0.2.7:62289\",\n    \"OperationName\": \"GetBlob\",\n    \"TableName\": \"PrimaryResult\",\n    \"TimeGenerated\": \"2026-11-28T10:00:00Z\",\n    \"TlsVersion\": \"TLS 1.1\"\n  }\n]\n",
			[]string{"2026-11-28T10:00:00Z client=192.0.2.7:62289 host=exampleacc got=TLS 1.1"},
			formats.Options{},
		},
	}
}
