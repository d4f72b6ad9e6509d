//go:build go1.22
// +build go1.22

package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"time"
)

func init() {
	themes["generations"] = generations
	themes["turnover"] = turnover
}

// generations lasts for three generations of the tracer's own pace, one a
// second, with little going on so that the file stays small.
func generations(r *recording) {
	acrossTurns(r, 2300*time.Millisecond, 80*time.Millisecond, 600*time.Millisecond)
}

// turnover has the tracer begin a generation every few milliseconds in the
// middle of work: GODEBUG=traceadvanceperiod, in nanoseconds, is set outside.
func turnover(r *recording) {
	acrossTurns(r, 40*time.Millisecond, time.Millisecond, 4*time.Millisecond)
}

// acrossTurns has a task, regions, syscalls, collections and a goroutine in
// each state reach over the turns from one generation to the next.
func acrossTurns(r *recording, d, pause, collect time.Duration) {
	defer debug.SetGCPercent(debug.SetGCPercent(15))
	old := growTree(17)
	quit := make(chan struct{})
	defer close(quit)
	r.start()
	defer r.stop()
	go blockForEver()
	go until(quit, pause, func() { nap(2 * pause) })
	go collector(quit, collect)
	ctx, task := trace.NewTask(context.Background(), "across the turns")
	defer task.End()
	trace.WithRegion(ctx, "all of it", func() {
		deadline := time.Now().Add(d)
		for i := 0; time.Now().Before(deadline); i++ {
			trace.WithRegion(ctx, "step", func() { order(ctx, i) })
			time.Sleep(pause)
		}
	})
	runtime.KeepAlive(old)
}

// collector is in a collection at many turns: its large objects have the heap
// marked, and its small ones must sweep many full spans for one with room.
func collector(quit <-chan struct{}, pause time.Duration) {
	var large []byte
	until(quit, pause, func() {
		large = make([]byte, 2<<20)
		together(5, func(int) { growTree(11) })
	})
	runtime.KeepAlive(large)
}
