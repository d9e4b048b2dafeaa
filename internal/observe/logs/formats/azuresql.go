package formats

import (
	"slices"

	"tlsready/internal/message"
)

// azureSQL is the audit of Azure SQL Database and of SQL Server 2022 and later, as
// resource logs, as the table AzureDiagnostics, or as CSV of sys.fn_get_audit_file.
//
// https://learn.microsoft.com/sql/relational-databases/system-functions/sys-fn-get-audit-file-transact-sql
// (client_tls_version_name: "TLS version name used by the client connection"),
// https://learn.microsoft.com/azure/azure-sql/database/connectivity-settings#minimum-tls-version.
func azureSQL() format {
	return format{
		id: "azure-sql", name: "Azure SQL and SQL Server audit",
		detect: func(c *Config, s *sample) *Layout {
			fields := azureSQLFields()
			marks := []string{"properties.client_tls_version_name", "client_tls_version_name_s", "client_tls_version_name"}
			if slices.ContainsFunc(marks, func(name string) bool { return s.has(name) }) {
				return c.jsonLayout("azure-sql", s, fields, nil, marks...)
			}
			return (&csvFormat{
				id: "azure-sql", fields: fields, version: "client_tls_version_name",
				missing: message.New("logs.missing-column", message.Str("column", "client_tls_version_name")),
				marks:   []string{"client_ip", "server_principal_name"},
			}).layout(c, s)
		},
	}
}

func azureSQLFields() table {
	t := table{"time": when, "TimeGenerated": whenAzure, "TimeGenerated [UTC]": whenAzure}
	for name, s := range map[string]setter{
		"event_time": whenAzure, "client_ip": client, "client_tls_version_name": version,
		"server_principal_name": principal, "server_instance_name": serverHost,
		"host_name": clientName, "application_name": process,
	} {
		t[name], t["properties."+name], t[name+"_s"] = s, s, s
	}
	t["event_time_t"] = whenAzure
	return t
}
