package trace

import "io"

// This file is laid beside Go 1.15's parser.

// OracleParse does what Parse does, which refuses 1.5 traces without the
// program that made them. Only the symbols need that.
func OracleParse(r io.Reader) (version int, events []*Event, stacks map[uint64][]*Frame, err error) {
	version, res, err := parse(r, "")
	return version, res.Events, res.Stacks, err
}

// OracleParseAll leaves futile wakeups where they are, which Parse takes out: a
// goroutine that was woken, found nothing to do and blocked again.
func OracleParseAll(r io.Reader) (version int, events []*Event, stacks map[uint64][]*Frame, err error) {
	version, raw, strings, err := readTrace(r)
	if err != nil {
		return 0, nil, nil, err
	}
	if events, stacks, err = parseEvents(version, raw, strings); err != nil {
		return 0, nil, nil, err
	}
	if err = postProcessTrace(version, events); err != nil {
		return 0, nil, nil, err
	}
	for _, ev := range events {
		ev.Stk = stacks[ev.StkID]
	}
	return version, events, stacks, nil
}
