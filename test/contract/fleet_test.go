package contract

func fleetForms() []form { return nil }
