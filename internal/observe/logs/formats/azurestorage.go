package formats

import (
	"bytes"
	"strings"

	"tlsready/internal/message"
)

// azureStorage are the resource logs of Azure Storage, as diagnostic settings write them
// to a storage account or an event hub (JSON), and the tables StorageBlobLogs,
// StorageFileLogs, StorageQueueLogs and StorageTableLogs of Azure Monitor, exported as
// CSV from the portal or as JSON from the command line.
//
// https://learn.microsoft.com/azure/storage/blobs/monitor-blob-storage-reference#resource-logs,
// https://learn.microsoft.com/azure/azure-monitor/reference/tables/storagebloblogs.
func azureStorage() format {
	return format{
		id: "azure-storage", name: "Azure Storage resource logs",
		detect: func(c *Config, s *sample) *Layout {
			if s.has("category", "callerIpAddress", "properties.accountName") ||
				s.has("AccountName", "CallerIpAddress", "OperationName") {
				return c.jsonLayout("azure-storage", s, azureStorageFields(), azureStorageCheck, "properties.accountName", "AccountName")
			}
			return (&csvFormat{
				id: "azure-storage", fields: azureStorageFields(), check: azureStorageCheck,
				version: "TlsVersion", missing: message.New("logs.missing-column", message.Str("column", "TlsVersion")),
				marks: []string{"CallerIpAddress", "AccountName"},
			}).layout(c, s)
		},
	}
}

func azureStorageFields() table {
	return table{
		"time": when, "category": kind, "callerIpAddress": client, "identity.requester.objectId": requester, "identity.requester.upn": principal,
		"properties.accountName": serverHost, "properties.tlsVersion": version, "properties.userAgentHeader": userAgent, "uri": serverNameOfURI,
		"TimeGenerated": whenAzure, "TimeGenerated [UTC]": whenAzure, "Category": kind, "CallerIpAddress": client,
		"AccountName": serverHost, "TlsVersion": version, "UserAgentHeader": userAgent, "Uri": serverNameOfURI,
		"RequesterObjectId": requester, "RequesterUpn": principal,
	}
}

// azureStorageCheck passes over the resource logs of other services.
func azureStorageCheck(d *draft) Outcome {
	if d.kind != "" && !strings.HasPrefix(d.kind, "Storage") {
		return Other
	}
	return Seen
}

// requester takes the id of who asked, where the log has no name of them.
func requester(d *draft, v []byte) bool {
	if d.c.Identity.Principal == "" {
		d.c.Identity.Principal = d.text(v)
	}
	return true
}

// serverNameOfURI takes the host of the address that was asked for.
func serverNameOfURI(d *draft, v []byte) bool {
	if _, rest, found := bytes.Cut(v, []byte("://")); found {
		host, _, _ := bytes.Cut(rest, []byte{'/'})
		return serverNameOfHost(d, host)
	}
	return true
}

// whenAzure takes the times of exports: RFC 3339, or as the portal writes them in CSV,
// 11/28/2026, 10:00:00.123 PM, in UTC.
func whenAzure(d *draft, v []byte) bool {
	if t, ok := portalTime(v); ok {
		d.c.Time = t
		return true
	}
	return when(d, v)
}
