package main

import (
	"fmt"
	"internal/trace"
	"internal/trace/tracev2"
	"io"
	"maps"
	"slices"
	"strings"

	"cmd/oracle/dump"
)

// event is a wire event in the order of Go's reader.
type event struct {
	trace.OracleEvent
	source trace.Event // resolves strings and stacks
	gen    int         // number of Sync events before it
	start  int64       // the time from which the dump counts
}

// eachEvent calls yield for each event of the wire in the order of Go's
// reader, without those that the reader adds on its own.
func eachEvent(r io.Reader, yield func(*event)) error {
	tr, err := trace.NewReader(r)
	if err != nil {
		return err
	}
	var ev event
	for extra := 0; ; {
		e, err := tr.ReadEvent()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e.Kind() == trace.EventSync {
			if ev.gen == 0 && !tr.OracleV1() {
				ev.start = int64(e.Time())
			}
			ev.gen++
			continue
		}
		if extra > 0 {
			extra--
			continue
		}
		ev.source, ev.OracleEvent = e, e.Oracle()
		extra = followers(ev.Type)
		if !invented(&ev.OracleEvent) {
			yield(&ev)
		}
	}
}

// followers returns how many events the reader adds right behind one of typ:
// a switch comes back as an unblock, a block or destruction, and a start.
func followers(typ tracev2.EventType) int {
	switch typ {
	case tracev2.EvGoSwitch, tracev2.EvGoSwitchDestroy:
		return 2
	}
	return 0
}

// invented reports whether the reader added ev: the theft of the P that a
// goroutine has when it is destroyed in a syscall. Real thefts have a sequence
// number, which starts at 1.
func invented(ev *trace.OracleEvent) bool {
	return ev.Type == tracev2.EvProcSteal && ev.Args[1] == 0
}

func countTypes(r io.Reader) (map[string]int, error) {
	n := make(map[string]int)
	err := eachEvent(r, func(ev *event) {
		n[tracev2.Specs()[ev.Type].Name]++
	})
	return n, err
}

func dumpCounts(w *dump.Writer, r io.Reader) error {
	n, err := countTypes(r)
	for _, name := range slices.Sorted(maps.Keys(n)) {
		w.Line(fmt.Sprintf("%s,%d", name, n[name]))
	}
	return err
}

func dumpCreated(w *dump.Writer, r io.Reader) error {
	n, err := countTypes(r)
	w.Line(fmt.Sprint(n["GoCreate"] + n["GoCreateBlocked"] + n["GoCreateSyscall"]))
	return err
}

// argument adds the field of one argument.
type argument func(d *dumper, ev *event, v uint64)

// dumper holds what the dump of a trace needs between events.
type dumper struct {
	*dump.Writer
	gen    int
	stacks map[uint64]string // rendered stacks of generation gen, by id
}

func dumpEvents(w *dump.Writer, r io.Reader) error {
	d := &dumper{Writer: w}
	return eachEvent(r, d.event)
}

func (d *dumper) event(ev *event) {
	if d.gen != ev.gen {
		d.gen, d.stacks = ev.gen, make(map[uint64]string)
	}
	d.Begin(ev.Time-ev.start, tracev2.Specs()[ev.Type].Name, ev.M, ev.P, ev.G)
	for i, arg := range arguments[ev.Type] {
		if arg != nil {
			arg(d, ev, ev.Args[i])
		}
	}
	d.End()
}

func (d *dumper) stack(ev *event, id uint64) string {
	s, ok := d.stacks[id]
	if !ok {
		var frames []dump.Frame
		for _, f := range ev.source.OracleStack(id) {
			frames = append(frames, dump.Frame{Func: f.Func, File: f.File, Line: f.Line, PC: f.PC})
		}
		s = dump.Stack(frames)
		d.stacks[id] = s
	}
	return s
}

// arguments says how each argument of each type is shown, nil: not at all.
var arguments = func() map[tracev2.EventType][]argument {
	table := make(map[tracev2.EventType][]argument)
	for typ, spec := range tracev2.Specs() {
		if !spec.IsTimedEvent {
			continue
		}
		for i, name := range spec.Args[1:] {
			arg := argumentFor(&spec, i+1, name)
			table[tracev2.EventType(typ)] = append(table[tracev2.EventType(typ)], arg)
		}
	}
	table[tracev2.EvCPUSample] = []argument{stackArgument("stack")}
	return table
}()

func argumentFor(spec *tracev2.EventSpec, i int, name string) argument {
	switch {
	case slices.Contains(spec.StackIDs, i) || name == "new_stack":
		return stackArgument(name)
	case slices.Contains(spec.StringIDs, i):
		return stringArgument(strings.TrimSuffix(name, "_string"))
	case strings.HasSuffix(name, "_seq"):
		return nil
	}
	switch name {
	case "g", "p", "m":
		return idArgument("target_" + name)
	case "new_g", "task":
		return idArgument(name)
	case "parent_task":
		return parentTask
	case "type": // ev.type is the event's own
		return numberArgument("arg_type")
	case "gstatus":
		return func(d *dumper, _ *event, v uint64) { d.Raw("status", tracev2.GoStatus(v).String()) }
	case "pstatus":
		return func(d *dumper, _ *event, v uint64) { d.Raw("status", tracev2.ProcStatus(v).String()) }
	}
	return numberArgument(strings.TrimSuffix(name, "_value"))
}

func stackArgument(name string) argument {
	return func(d *dumper, ev *event, v uint64) { d.Raw(name, d.stack(ev, v)) }
}

func stringArgument(name string) argument {
	return func(d *dumper, ev *event, v uint64) { d.String(name, ev.source.OracleString(v)) }
}

func idArgument(name string) argument {
	return func(d *dumper, _ *event, v uint64) { d.ID(name, v) }
}

func numberArgument(name string) argument {
	return func(d *dumper, _ *event, v uint64) { d.Number(name, v) }
}

// parentTask knows both spellings of none: the reader turns 0 into NoTask.
func parentTask(d *dumper, _ *event, v uint64) {
	if v == 0 {
		v = uint64(trace.NoTask)
	}
	d.ID("parent_task", v)
}
