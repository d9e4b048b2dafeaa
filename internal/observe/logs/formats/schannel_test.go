package formats_test

import "tlsready/internal/observe/logs/formats"

// event36880 is an event as wevtutil prints it.
func event36880(side, protocol string) string {
	return `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Schannel' Guid='{1f678132-5938-4686-9fdc-c8ff68f15c85}'/><EventID>36880</EventID><Version>0</Version><Level>4</Level><Task>0</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2026-11-28T10:00:00.1234567Z'/><EventRecordID>1</EventRecordID><Correlation/><Execution ProcessID='920' ThreadID='3296'/><Channel>System</Channel><Computer>web01.example.com</Computer><Security UserID='S-1-5-18'/></System><UserData><EventXML xmlns='LSA_NS'><Type>` + side + `</Type><Protocol>` + protocol + `</Protocol><CipherSuite>0xc014</CipherSuite><ExchangeStrength>384</ExchangeStrength><ContextHandle>0x1c</ContextHandle><TargetName>mars.example.com</TargetName><LocalCertSubjectName></LocalCertSubjectName><RemoteCertSubjectName>CN=mars.example.com</RemoteCertSubjectName></EventXML></UserData></Event>`
}

// eventData is an event of the kind that has named data.
func eventData(id, data string) string {
	return `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Schannel" Guid="{1F678132-5938-4686-9FDC-C8FF68F15C85}" /><EventID>` + id + `</EventID><TimeCreated SystemTime="2026-11-28T10:00:01.000000000Z" /><Computer>web01.example.com</Computer></System><EventData>` + data + `</EventData></Event>`
}

func schannelSamples() []example {
	foreign := `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Service Control Manager'/><EventID>7036</EventID><TimeCreated SystemTime='2026-11-28T10:00:00Z'/><Computer>web01</Computer></System><EventData><Data Name='param1'>x &lt; y</Data></EventData></Event>`
	clientSide := "2026-11-28T10:00:00.1234567Z clientname=web01.example.com sni=mars.example.com got=TLS 1.0 suite=TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA servercert=CN=mars.example.com"
	return []example{
		{
			"wevtutil",
			event36880("client", "TLS 1.0") + foreign + "\r\n" + event36880("server", "TLS 1.2") + "\r\n" +
				eventData("36874", `<Data Name="Protocol">TLS 1.0</Data>`) +
				eventData("36888", `<Data Name="AlertDesc">40</Data><Data Name="ErrorState">1205</Data>`) +
				eventData("36887", `<Data Name="AlertDesc">70</Data>`) +
				eventData("36871", `<Data Name="Type">client</Data><Data Name="ErrorState">10013</Data><Data Name="CallerProcessImageName">cbengine.exe</Data>`) +
				eventData("36871", `<Data Name="Type">server</Data><Data Name="ErrorState">10001</Data>`),
			[]string{
				clientSide,
				"2026-11-28T10:00:00.1234567Z host=web01.example.com got=TLS 1.2 suite=TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA cert=CN=mars.example.com",
				"2026-11-28T10:00:01Z host=web01.example.com refused=yes alert=handshake_failure/server",
				"2026-11-28T10:00:01Z refused=yes alert=protocol_version/client Computer=web01.example.com",
				"2026-11-28T10:00:01Z clientname=web01.example.com refused=yes process=cbengine.exe",
			},
			formats.Options{},
		},
		{
			"Event Viewer, with an element around the events",
			"\ufeff<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\r\n<Events>\r\n" + event36880("client", "TLS 1.0") + "\r\n</Events>\r\n",
			[]string{clientSide},
			formats.Options{},
		},
		{
			"PowerShell 5.1",
			"[\r\n    {\r\n        \"Message\":  \"x\",\r\n        \"Id\":  36880,\r\n        \"ProviderName\":  \"Schannel\",\r\n        \"MachineName\":  \"web01.example.com\",\r\n        \"TimeCreated\":  \"\\/Date(1795860000123)\\/\",\r\n        \"Properties\":  [ {\"Value\": \"client\"}, {\"Value\": \"TLS 1.0\"}, {\"Value\": 49172}, {\"Value\": 384}, {\"Value\": 28}, {\"Value\": \"mars.example.com\"}, {\"Value\": \"\"}, {\"Value\": \"CN=mars.example.com\"} ]\r\n    },\r\n    {\r\n        \"Id\":  7036,\r\n        \"ProviderName\":  \"Service Control Manager\",\r\n        \"MachineName\":  \"web01\"\r\n    }\r\n]\r\n",
			[]string{"2026-11-28T10:00:00.123Z clientname=web01.example.com sni=mars.example.com got=TLS 1.0 suite=TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA servercert=CN=mars.example.com"},
			formats.Options{},
		},
		{
			"winlogbeat",
			`{"@timestamp":"2026-11-28T10:00:00.123Z","winlog":{"channel":"System","computer_name":"web01.example.com","event_id":"36880","provider_name":"Schannel","user_data":{"Type":"server","Protocol":"TLS 1.1","CipherSuite":"0xc014","TargetName":"","RemoteCertSubjectName":"","xml_name":"EventXML"}}}` + "\n",
			[]string{"2026-11-28T10:00:00.123Z host=web01.example.com got=TLS 1.1 suite=TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
			formats.Options{},
		},
	}
}
