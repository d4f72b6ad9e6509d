package trace

import "io"

// OracleParse is laid beside Go 1.15's parser. Its Parse refuses 1.5 traces
// without the program that made them, which only the symbols need.
func OracleParse(r io.Reader) (version int, events []*Event, stacks map[uint64][]*Frame, err error) {
	version, res, err := parse(r, "")
	return version, res.Events, res.Stacks, err
}
