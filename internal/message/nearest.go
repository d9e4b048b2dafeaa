package message

import "strings"

// Nearest is the known word that asked was most likely meant to be, "" if none is near:
// at most two edits, or a third of a long word, or a beginning.
func Nearest(asked string, known []string) string {
	asked = strings.ToLower(asked)
	best, bestDistance := "", max(2, len(asked)/3)+1
	for _, word := range known {
		folded := strings.ToLower(word)
		d := distance(asked, folded)
		if d >= len(word) { // nothing of the word is left
			continue
		}
		if len(asked) >= 2 && strings.HasPrefix(folded, asked) {
			d = min(d, 1)
		}
		if d < bestDistance || d == bestDistance && best != "" && word < best {
			best, bestDistance = word, d
		}
	}
	return best
}

// distance is the number of characters to insert, delete, replace or swap with
// a neighbour to get from a to b (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
