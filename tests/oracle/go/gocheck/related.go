package main

import (
	"bufio"
	"fmt"
	"internal/trace"
	"maps"
	"os"
	"slices"
)

// mostRelated is of how many goroutines of a trace Go is asked: each time it goes through all
// events. Of more than that they are taken at equal distances.
const mostRelated = 150

// relate writes to a file which goroutines are related to each of a trace's, a line
// each: its number, TAB, and theirs in order, with blanks between.
func relate(words []string) (string, error) {
	_, events, err := readAll(words[0], func(*trace.Reader, trace.Event) error { return nil })
	if err != nil {
		return "", err
	}
	f, err := os.Create(words[1])
	if err != nil {
		return "", err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for _, id := range some(goroutines(events)) {
		writeRelated(w, events, id)
	}
	if err := w.Flush(); err != nil {
		return "", err
	}
	return "", f.Close()
}

func writeRelated(w *bufio.Writer, events []trace.Event, id trace.GoID) {
	fmt.Fprintf(w, "%d\t", id)
	for i, other := range slices.Sorted(maps.Keys(trace.RelatedGoroutinesV2(events, id))) {
		if i > 0 {
			fmt.Fprint(w, " ")
		}
		fmt.Fprint(w, other)
	}
	fmt.Fprintln(w)
}

// goroutines lists those of which a trace says what they do.
func goroutines(events []trace.Event) []trace.GoID {
	ids := make(map[trace.GoID]bool)
	for i := range events {
		if events[i].Kind() != trace.EventStateTransition {
			continue
		}
		if r := events[i].StateTransition().Resource; r.Kind == trace.ResourceGoroutine {
			ids[r.Goroutine()] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

func some(ids []trace.GoID) []trace.GoID {
	n := len(ids)
	if n <= mostRelated {
		return ids
	}
	out := make([]trace.GoID, mostRelated)
	for i := range out {
		out[i] = ids[i*n/mostRelated]
	}
	return out
}
