package fleet

// Page is page, for the tests of the pages, which read the list of keys from
// source and so cannot stand in this package.
func Page(kind string) string { return page(kind) }
