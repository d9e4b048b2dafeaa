package logs

func checkLogFormat(Options) error { return nil }
