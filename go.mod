module tlsready

go 1.26
