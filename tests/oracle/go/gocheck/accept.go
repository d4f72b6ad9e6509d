package main

import (
	"bytes"
	"fmt"
	"internal/trace"
	"internal/trace/testtrace"
	"io"
	"os"
	"strings"
)

// read counts the Sync events: there is one at the end, too.
func read(words []string) (string, error) {
	syncs := 0
	_, _, err := readAll(words[0], func(_ *trace.Reader, ev trace.Event) error {
		if ev.Kind() == trace.EventSync {
			syncs++
		}
		return nil
	})
	return fmt.Sprint(syncs - 1), err
}

func accept(words []string) (string, error) {
	return judge(words[0], testtrace.NewValidator())
}

func acceptClockless(words []string) (string, error) {
	v := testtrace.NewValidator()
	v.SkipClockSnapshotChecks()
	return judge(words[0], v)
}

// judge does with a trace what Go's tools do: read, validate, print and
// summarize it. Mutator utilization is no judge: it panics where a script says
// of GOMAXPROCS what is not so.
func judge(path string, v *testtrace.Validator) (string, error) {
	version, events, err := readAll(path, func(r *trace.Reader, ev trace.Event) error {
		v.GoVersion = r.OracleVersion()
		if err := v.Event(ev); err != nil {
			return fmt.Errorf("validator: %w: %s", err, firstLine(ev.String()))
		}
		_ = ev.String()
		return nil
	})
	if err != nil {
		return "", err
	}
	if err := useAll(events); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d\t%d", version, len(events)), nil
}

// useAll panics, or does not.
func useAll(events []trace.Event) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic behind the reader: %v", r)
		}
	}()
	s := trace.NewSummarizer()
	for i := range events {
		s.Event(&events[i])
	}
	s.Finalize()
	return nil
}

// readAll reads a trace to its end. The events come with the minor version of
// the header.
func readAll(path string, each func(*trace.Reader, trace.Event) error) (int, []trace.Event, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, nil, err
	}
	r, err := trace.NewReader(bytes.NewReader(data))
	if err != nil {
		return 0, nil, err
	}
	var version int // the reader has none for old traces
	fmt.Sscanf(string(data[:16]), "go 1.%d trace", &version)
	var events []trace.Event
	for {
		ev, err := r.ReadEvent()
		if err == io.EOF {
			return version, events, nil
		}
		if err != nil {
			return version, events, fmt.Errorf("event %d: %w", len(events), err)
		}
		if r.OracleV1() {
			ev = ev.OracleLater(aSecond)
		}
		if err := each(r, ev); err != nil {
			return version, events, err
		}
		events = append(events, ev)
	}
}

// aSecond is added to the times of old traces, which begin at 0: to the
// summarizer 0 is no time.
const aSecond trace.Time = 1e9

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
