package main

import (
	"bufio"
	"cmp"
	"fmt"
	"internal/trace"
	"maps"
	"os"
	"slices"
	"time"
)

// A summary is text, a line for each figure: what it is, TAB, its value.
// Durations and times, from the first event on, end in ns; a time of nothing
// is `-`. The lines come in the order of ids, then of time, then of names:
//
//	goroutine 7 name                           "main.work"
//	goroutine 7 created | started | ended      120ns
//	goroutine 7 exec | wait | syscall | syscall-blocked | total
//	goroutine 7 block "chan receive"
//	goroutine 7 range "GC mark assist"
//	goroutine 7 region 0 name | task | start | end | exec ...
//	task 3 name | parent | start | end
//	task 3 log 0 time | goroutine | category | message
//	task 3 region 0 name | start
//	task 3 goroutine 7                         1
//	transition goroutine Running Waiting "chan receive"     12
//	transition proc Idle Running ""
//	events Metric                              5
//
// Transitions from a state to itself restate what is known and are left out.
type summary struct {
	w     *bufio.Writer
	start trace.Time
}

func (s *summary) line(key string, value any) {
	fmt.Fprintf(s.w, "%s\t%v\n", key, value)
}

func (s *summary) duration(key string, d time.Duration) {
	s.line(key, fmt.Sprintf("%dns", int64(d)))
}

func (s *summary) time(key string, t trace.Time) {
	if t == 0 {
		s.line(key, "-")
		return
	}
	s.duration(key, t.Sub(s.start))
}

// timeOf shows when ev was, which may be nil.
func (s *summary) timeOf(key string, ev *trace.Event) {
	s.time(key, at(ev))
}

func (s *summary) text(key, value string) {
	s.line(key, fmt.Sprintf("%q", value))
}

// summarize writes Go's summary of a trace to a file.
func summarize(words []string) (string, error) {
	_, events, err := readAll(words[0], func(*trace.Reader, trace.Event) error { return nil })
	if err != nil {
		return "", err
	}
	return "", writeSummary(words[1], events)
}

func writeSummary(path string, events []trace.Event) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	s := &summary{w: bufio.NewWriter(f)}
	s.events(events)
	if err := s.w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func (s *summary) events(events []trace.Event) {
	if len(events) > 0 {
		s.start = events[0].Time()
	}
	sum := trace.NewSummarizer()
	transitions, kinds := make(map[string]int), make(map[trace.EventKind]int)
	for i := range events {
		sum.Event(&events[i])
		kinds[events[i].Kind()]++
		if key := transition(events[i]); key != "" {
			transitions[key]++
		}
	}
	result := sum.Finalize()
	for _, id := range slices.Sorted(maps.Keys(result.Goroutines)) {
		s.goroutine(fmt.Sprintf("goroutine %d ", id), result.Goroutines[id])
	}
	for _, id := range slices.Sorted(maps.Keys(result.Tasks)) {
		s.task(fmt.Sprintf("task %d ", int64(id)), result.Tasks[id])
	}
	for _, key := range slices.Sorted(maps.Keys(transitions)) {
		s.line(key, transitions[key])
	}
	for _, kind := range counted {
		s.line(fmt.Sprintf("events %v", kind), kinds[kind])
	}
}

// counted are the kinds of events of which none restates what is known.
var counted = []trace.EventKind{
	trace.EventMetric, trace.EventLabel, trace.EventStackSample, trace.EventRangeBegin, trace.EventRangeEnd,
	trace.EventTaskBegin, trace.EventTaskEnd, trace.EventRegionBegin, trace.EventRegionEnd, trace.EventLog,
	trace.EventExperimental,
}

// transition names a change of state, "" if there is none.
func transition(ev trace.Event) string {
	if ev.Kind() != trace.EventStateTransition {
		return ""
	}
	st := ev.StateTransition()
	switch st.Resource.Kind {
	case trace.ResourceGoroutine:
		if from, to := st.Goroutine(); from != to {
			return fmt.Sprintf("transition goroutine %v %v %q", from, to, st.Reason)
		}
	case trace.ResourceProc:
		if from, to := st.Proc(); from != to {
			return fmt.Sprintf("transition proc %v %v %q", from, to, st.Reason)
		}
	}
	return ""
}

func (s *summary) goroutine(key string, g *trace.GoroutineSummary) {
	s.text(key+"name", g.Name)
	s.time(key+"created", g.CreationTime)
	s.time(key+"started", g.StartTime)
	s.time(key+"ended", g.EndTime)
	s.stats(key, &g.GoroutineExecStats)
	for i, r := range inOrder(g.Regions) {
		region := fmt.Sprintf("%sregion %d ", key, i)
		s.text(region+"name", r.Name)
		s.line(region+"task", int64(r.TaskID))
		s.timeOf(region+"start", r.Start)
		s.timeOf(region+"end", r.End)
		s.stats(region, &r.GoroutineExecStats)
	}
}

func (s *summary) stats(key string, stats *trace.GoroutineExecStats) {
	s.duration(key+"exec", stats.ExecTime)
	s.duration(key+"wait", stats.SchedWaitTime)
	s.duration(key+"syscall", stats.SyscallTime)
	s.duration(key+"syscall-blocked", stats.SyscallBlockTime)
	s.duration(key+"total", stats.TotalTime)
	s.durations(key+"block", stats.BlockTimeByReason)
	s.durations(key+"range", stats.RangeTime)
}

func (s *summary) durations(key string, by map[string]time.Duration) {
	for _, name := range slices.Sorted(maps.Keys(by)) {
		s.duration(fmt.Sprintf("%s %q", key, name), by[name])
	}
}

func (s *summary) task(key string, t *trace.UserTaskSummary) {
	s.text(key+"name", t.Name)
	parent := int64(-1)
	if t.Parent != nil {
		parent = int64(t.Parent.ID)
	}
	s.line(key+"parent", parent)
	s.timeOf(key+"start", t.Start)
	s.timeOf(key+"end", t.End)
	for i, ev := range t.Logs {
		log, entry := ev.Log(), fmt.Sprintf("%slog %d ", key, i)
		s.timeOf(entry+"time", ev)
		s.line(entry+"goroutine", ev.Goroutine())
		s.text(entry+"category", log.Category)
		s.text(entry+"message", log.Message)
	}
	for i, r := range inOrder(t.Regions) {
		region := fmt.Sprintf("%sregion %d ", key, i)
		s.text(region+"name", r.Name)
		s.timeOf(region+"start", r.Start)
	}
	for _, g := range slices.Sorted(maps.Keys(t.Goroutines)) {
		s.line(fmt.Sprintf("%sgoroutine %d", key, g), 1)
	}
}

// inOrder sorts regions in one way only, which Go's own order is not.
func inOrder(regions []*trace.UserRegionSummary) []*trace.UserRegionSummary {
	return slices.SortedStableFunc(slices.Values(regions), func(a, b *trace.UserRegionSummary) int {
		return cmp.Or(cmp.Compare(at(a.Start), at(b.Start)), cmp.Compare(at(a.End), at(b.End)))
	})
}

func at(ev *trace.Event) trace.Time {
	if ev == nil {
		return 0
	}
	return ev.Time()
}
