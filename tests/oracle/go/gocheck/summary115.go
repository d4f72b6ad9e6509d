package main

import (
	"bytes"
	"internal/trace"
	"os"
	"slices"

	old "cmd/oracle/trace115"
)

// summarize115 writes the summary of a trace of Go 1.5 to 1.10, which Go 1.27
// does not read: Go 1.15's events, converted to what Go 1.27 would make of them
// (as ../conversion.lua says it, with futile wakeups), summed up by Go 1.27.
func summarize115(words []string) (string, error) {
	data, err := os.ReadFile(words[0])
	if err != nil {
		return "", err
	}
	_, parsed, stacks, err := old.OracleParseAll(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	l := &converter{stacks: stacks, alive: make(map[uint64]bool), procs: make(map[int]bool)}
	if err := l.convert(parsed); err != nil {
		return "", err
	}
	return "", writeSummary(words[1], l.out)
}

func read115(words []string) (string, error) {
	data, err := os.ReadFile(words[0])
	if err == nil {
		_, _, _, err = old.OracleParse(bytes.NewReader(data))
	}
	return "1", err
}

type converter struct {
	stacks map[uint64][]*old.Frame
	alive  map[uint64]bool // goroutines older than the trace of which nothing else is known; nil once it began
	procs  map[int]bool    // seen
	out    []trace.Event
	last   trace.Time
	err    error
}

// reasons of GoBlock and GoStop, by the old type.
var reasons = map[byte]string{
	old.EvGoSched:       "runtime.Gosched",
	old.EvGoPreempt:     "preempted",
	old.EvGoStop:        "forever",
	old.EvGoSleep:       "sleep",
	old.EvGoBlock:       "",
	old.EvGoBlockSend:   "chan send",
	old.EvGoBlockRecv:   "chan receive",
	old.EvGoBlockSelect: "select",
	old.EvGoBlockSync:   "sync",
	old.EvGoBlockCond:   "sync.(*Cond).Wait",
	old.EvGoBlockNet:    "network",
	old.EvGoBlockGC:     "GC mark assist wait for work",
}

func (l *converter) convert(events []*old.Event) error {
	if len(events) == 0 {
		return nil
	}
	l.last = trace.Time(events[0].Ts) - 2 + aSecond
	begin := *events[0]
	begin.Ts--
	add(l, &begin, trace.EventSync, trace.Sync{N: 1})
	blocks := blockingCalls(events)
	for _, ev := range events {
		l.event(ev, blocks[ev])
	}
	return l.err
}

// blockingCalls finds the syscalls whose next event on their goroutine says
// that they block.
func blockingCalls(events []*old.Event) map[*old.Event]bool {
	blocks, call := make(map[*old.Event]bool), make(map[uint64]*old.Event)
	for _, ev := range events {
		if c := call[ev.G]; c != nil && ev.Type == old.EvGoSysBlock {
			blocks[c] = true
		}
		delete(call, ev.G)
		if ev.Type == old.EvGoSysCall {
			call[ev.G] = ev
		}
	}
	return blocks
}

// add makes an event of Go 1.27's of details, at ev's time or as soon after the
// one before as can be.
func add[T trace.EventDetails](l *converter, ev *old.Event, kind trace.EventKind, details T) {
	l.last = max(trace.Time(ev.Ts)+aSecond, l.last+1)
	g := trace.GoID(ev.G)
	if g == 0 {
		g = trace.NoGoroutine
	}
	made, err := trace.MakeEvent(trace.EventConfig[T]{
		Time: l.last, Kind: kind, Goroutine: g, Proc: trace.ProcID(ev.P), Thread: trace.NoThread,
		Stack: stackOf(ev.Stk), Details: details,
	})
	if err != nil && l.err == nil {
		l.err = err
	}
	l.out = append(l.out, made)
}

func stackOf(frames []*old.Frame) trace.Stack {
	if len(frames) == 0 {
		return trace.NoStack
	}
	var out []trace.StackFrame
	for _, f := range frames {
		out = append(out, trace.StackFrame{PC: f.PC, Func: f.Fn, File: f.File, Line: uint64(f.Line)})
	}
	return trace.MakeStack(out)
}

func (l *converter) goroutine(ev *old.Event, g uint64, from, to trace.GoState) {
	l.transition(ev, trace.MakeGoStateTransition(trace.GoID(g), from, to))
}

// leave is a transition of the goroutine that runs: it has a reason, and the
// event's stack is its own.
func (l *converter) leave(ev *old.Event, to trace.GoState) {
	st := trace.MakeGoStateTransition(trace.GoID(ev.G), trace.GoRunning, to)
	st.Reason = reasons[ev.Type]
	st.Stack = stackOf(ev.Stk)
	l.transition(ev, st)
}

func (l *converter) create(ev *old.Event) {
	st := trace.MakeGoStateTransition(trace.GoID(ev.Args[0]), trace.GoNotExist, trace.GoRunnable)
	st.Stack = stackOf(l.stacks[ev.Args[1]])
	l.transition(ev, st)
}

func (l *converter) transition(ev *old.Event, st trace.StateTransition) {
	add(l, ev, trace.EventStateTransition, st)
}

// proc is a change of the event's P, whose first one tells its status.
func (l *converter) proc(ev *old.Event, from, to trace.ProcState) {
	if !l.procs[ev.P] {
		l.procs[ev.P] = true
		from = trace.ProcUndetermined
	}
	l.transition(ev, trace.MakeProcStateTransition(trace.ProcID(ev.P), from, to))
}

func (l *converter) span(ev *old.Event, kind trace.EventKind, name string, scope trace.ResourceID) {
	add(l, ev, kind, trace.Range{Name: name, Scope: scope})
}

func (l *converter) event(ev *old.Event, blocks bool) {
	const sweep, assist = "GC incremental sweep", "GC mark assist"
	p := trace.MakeResourceID(trace.ProcID(ev.P))
	g := trace.MakeResourceID(trace.GoID(ev.G))
	if l.alive != nil && l.before(ev) {
		return
	}
	switch ev.Type {
	case old.EvProcStart:
		l.proc(ev, trace.ProcIdle, trace.ProcRunning)
	case old.EvProcStop:
		l.proc(ev, trace.ProcRunning, trace.ProcIdle)
	case old.EvGoCreate:
		l.create(ev)
	case old.EvGoStart, old.EvGoStartLabel:
		l.goroutine(ev, ev.G, trace.GoRunnable, trace.GoRunning)
	case old.EvGoEnd:
		l.leave(ev, trace.GoNotExist)
	case old.EvGoSched, old.EvGoPreempt:
		l.leave(ev, trace.GoRunnable)
	case old.EvGoStop, old.EvGoSleep, old.EvGoBlock, old.EvGoBlockSend, old.EvGoBlockRecv, old.EvGoBlockSelect,
		old.EvGoBlockSync, old.EvGoBlockCond, old.EvGoBlockNet, old.EvGoBlockGC:
		l.leave(ev, trace.GoWaiting)
	case old.EvGoUnblock:
		l.goroutine(ev, ev.Args[0], trace.GoWaiting, trace.GoRunnable)
	case old.EvGoSysCall:
		l.leave(ev, trace.GoSyscall)
		if !blocks { // of such a call no more is known; Go gives it 1 ns
			l.goroutine(ev, ev.G, trace.GoSyscall, trace.GoRunning)
		}
	case old.EvGoSysExit:
		l.goroutine(ev, ev.G, trace.GoSyscall, trace.GoRunnable)
	case old.EvGCSweepStart:
		l.span(ev, trace.EventRangeBegin, sweep, p)
	case old.EvGCSweepDone:
		l.span(ev, trace.EventRangeEnd, sweep, p)
	case old.EvGCMarkAssistStart:
		l.span(ev, trace.EventRangeBegin, assist, g)
	case old.EvGCMarkAssistDone:
		l.span(ev, trace.EventRangeEnd, assist, g)
	}
}

// before takes an event that tells what was alive when the trace began, up to
// the first Gomaxprocs.
func (l *converter) before(ev *old.Event) bool {
	switch ev.Type {
	case old.EvGoCreate:
		l.alive[ev.Args[0]] = true
	case old.EvGoStart, old.EvGoStartLabel:
		l.status(ev, trace.GoRunning)
	case old.EvGoWaiting:
		l.status(ev, trace.GoWaiting)
	case old.EvGoInSyscall:
		l.status(ev, trace.GoSyscall)
	case old.EvGomaxprocs:
		ids := make([]uint64, 0, len(l.alive))
		for g := range l.alive {
			ids = append(ids, g)
		}
		slices.Sort(ids)
		for _, g := range ids {
			l.goroutine(ev, g, trace.GoUndetermined, trace.GoRunnable)
		}
		l.alive = nil
	default:
		return false
	}
	return true
}

func (l *converter) status(ev *old.Event, is trace.GoState) {
	delete(l.alive, ev.G)
	l.goroutine(ev, ev.G, trace.GoUndetermined, is)
}
