package main

import (
	"bufio"
	"fmt"
	"internal/trace"
	"os"
)

// open is a range that is going on: whose it is, and what.
type open struct {
	scope trace.ResourceID
	name  string
}

// ranges writes a line for each range of a trace as Go's reader has it: when it began and
// when it ended in ns behind the first event, or - if that is not in the trace, and its name.
// A stop of the world is told by who stops it.
func ranges(words []string) (string, error) {
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
	writeRanges(w, events)
	if err := w.Flush(); err != nil {
		return "", err
	}
	return "", f.Close()
}

func writeRanges(w *bufio.Writer, events []trace.Event) {
	begun := make(map[open]string)
	for i := range events {
		ev := &events[i]
		at := fmt.Sprint(int64(ev.Time() - events[0].Time()))
		switch ev.Kind() {
		case trace.EventRangeBegin:
			begun[key(ev)] = at
		case trace.EventRangeActive:
			if _, known := begun[key(ev)]; !known {
				begun[key(ev)] = "-"
			}
		case trace.EventRangeEnd:
			from, known := begun[key(ev)]
			if !known {
				from = "-"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", from, at, ev.Range().Name)
			delete(begun, key(ev))
		}
	}
	for r, from := range begun {
		fmt.Fprintf(w, "%s\t-\t%s\n", from, r.name)
	}
}

func key(ev *trace.Event) open {
	return open{ev.Range().Scope, ev.Range().Name}
}
