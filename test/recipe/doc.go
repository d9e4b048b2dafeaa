// Package recipe_test runs the written recipes: .cmd and .reg under Wine, .ps1
// through a PowerShell grammar.
package recipe_test
