// Godump115 prints what Go 1.15's parser makes of a trace of Go 1.5 to 1.11,
// with that parser's own names for events and arguments.
//
//	godump115 FILE                    one line an event (../README.md)
//	godump115 -check [-cuts N] [-try PROGRAM] FILE...
package main

import (
	"errors"
	"flag"
	"io"
	"os"
	"strings"

	"cmd/oracle/dump"
	trace "cmd/oracle/trace115"
)

func main() {
	dump.Main("godump115", run)
}

func run() error {
	if *dump.Check {
		return dump.CheckFiles(drain, flag.Args())
	} else if flag.NArg() != 1 {
		return errors.New("want one file")
	}
	return show(flag.Arg(0))
}

func drain(r io.Reader) error {
	_, _, _, err := trace.OracleParse(r)
	return err
}

// dumper holds what the lines of a trace have in common.
type dumper struct {
	*dump.Writer
	version int
	stacks  map[uint64][]*trace.Frame
}

func show(path string) error {
	// The parser reads byte by byte, so that memory serves it better.
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	w := dump.NewWriter(os.Stdout)
	version, events, stacks, refused := trace.OracleParse(strings.NewReader(string(data)))
	d := &dumper{w, version, stacks}
	for _, ev := range events {
		d.event(ev)
	}
	return w.Finish(refused)
}

func (d *dumper) event(ev *trace.Event) {
	desc := &trace.EventDescriptions[ev.Type]
	d.Begin(ev.Ts, desc.Name, -1, int64(ev.P), goroutine(ev.G))
	for i, name := range desc.Args {
		if name == "stack" {
			d.Raw("new_stack", stack(d.newStack(ev.Args[i])))
		} else {
			d.Number(name, ev.Args[i])
		}
	}
	for i, name := range desc.SArgs {
		d.String(name, ev.SArgs[i])
	}
	if desc.Stack {
		d.Raw("stack", stack(ev.Stk))
	}
	d.End()
}

// goroutine returns g, or none for g0, the scheduler.
func goroutine(g uint64) int64 {
	if g == 0 {
		return -1
	}
	return int64(g)
}

// newStack returns where a new goroutine starts: a stack's id, in 1.5 a PC. Go
// 1.15 shows that PC plus one, as all stacks hold return addresses, when it
// gives the stack to the goroutine's first GoStart.
func (d *dumper) newStack(v uint64) []*trace.Frame {
	if d.version < 1007 {
		return []*trace.Frame{{PC: v + 1}}
	}
	return d.stacks[v]
}

func stack(frames []*trace.Frame) string {
	var out []dump.Frame
	for _, f := range frames {
		out = append(out, dump.Frame{Func: f.Fn, File: f.File, Line: uint64(f.Line), PC: f.PC})
	}
	return dump.Stack(out)
}
