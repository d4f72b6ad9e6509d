package trace

import (
	"internal/trace/tracev2"
	"internal/trace/version"
)

// This file is laid over Go's internal/trace: it shows what stands behind the
// events that Go's reader returns, as that reader itself sees it.

// OracleEvent is the wire event behind an Event.
type OracleEvent struct {
	Type    tracev2.EventType
	Time    int64
	M, P, G int64 // the context, -1 for none
	// Args follow the table's order, without dt. A goroutine's status comes
	// without the state that the reader hides in its upper half.
	Args []uint64
}

// Oracle returns the wire event behind e, which must not be a Sync.
func (e Event) Oracle() OracleEvent {
	o := OracleEvent{
		Type: e.base.typ,
		Time: int64(e.base.time),
		M:    int64(e.ctx.M),
		P:    int64(e.ctx.P),
		G:    int64(e.ctx.G),
	}
	switch o.Type {
	case tracev2.EvCPUSample:
		o.Args = e.base.args[:1] // the stack; the rest has become the context
	default:
		o.Args = e.base.args[:len(tracev2.Specs()[o.Type].Args)-1]
	}
	switch o.Type {
	case tracev2.EvGoStatus, tracev2.EvGoStatusStack:
		o.Args[2] &= 1<<32 - 1
	}
	return o
}

// OracleString resolves a string of e's generation. The converter of old
// traces checks no ids, so that an unknown one must not be fatal.
func (e Event) OracleString(id uint64) string {
	s, _ := e.table.strings.get(stringID(id))
	return s
}

// OracleStack resolves a stack of e's generation, leaf first.
func (e Event) OracleStack(id uint64) []StackFrame {
	stk, _ := e.table.stacks.get(stackID(id))
	frames := make([]StackFrame, 0, len(stk.pcs))
	for _, pc := range stk.pcs {
		f := e.table.pcs[pc]
		frames = append(frames, StackFrame{
			PC:   f.pc,
			Func: e.OracleString(uint64(f.funcID)),
			File: e.OracleString(uint64(f.fileID)),
			Line: f.line,
		})
	}
	return frames
}

// OracleV1 reports whether r converts an old trace (1.11 to 1.21).
func (r *Reader) OracleV1() bool {
	return r.v1Events != nil
}

// OracleLater returns e as if it had happened d later.
func (e Event) OracleLater(d Time) Event {
	e.base.time += d
	return e
}

// OracleVersion returns the version of the trace's header.
func (r *Reader) OracleVersion() version.Version {
	return r.version
}
