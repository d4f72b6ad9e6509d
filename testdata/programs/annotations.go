package main

import (
	"context"
	"fmt"
	"runtime/trace"
	"strings"
	"time"
)

func init() { themes["annotations"] = annotations }

// annotations makes tasks, regions and logs, well-behaved and otherwise.
func annotations(r *recording) {
	early, earlyTask := trace.NewTask(context.Background(), "began before the trace")
	r.start()
	trace.Log(early, "", "log in a task that the trace never saw begin")
	earlyTask.End()
	r.times(6, func(i int) { order(context.Background(), i) })
	oddNames(context.Background())
	oddEnds(context.Background())
	manyLogs(context.Background(), 20)
	r.stop()
}

// order is a task with subtasks on goroutines of their own and regions inside
// regions.
func order(ctx context.Context, number int) {
	ctx, task := trace.NewTask(ctx, "order")
	defer task.End()
	trace.Logf(ctx, "number", "%d", number)
	together(3, func(i int) {
		ctx, part := trace.NewTask(ctx, fmt.Sprintf("part %d", i))
		defer part.End()
		trace.WithRegion(ctx, "outer", func() {
			trace.WithRegion(ctx, "inner", func() { spin(20 * time.Microsecond) })
			time.Sleep(100 * time.Microsecond)
			trace.WithRegion(ctx, "inner", func() { trace.Log(ctx, "step", "second") })
		})
	})
}

// oddNames has empty, repeated, non-ASCII and over-long strings; from Go 1.22 on
// the runtime cuts them at 1024 bytes, here in the middle of a rune.
func oddNames(ctx context.Context) {
	ctx, task := trace.NewTask(ctx, "")
	defer task.End()
	trace.WithRegion(ctx, "", func() { trace.Log(ctx, "", "") })
	trace.WithRegion(ctx, "größer \u2192 \U0001F600", func() {
		trace.Log(ctx, "日本語", "値\twith a tab, a \"quote\", a \\ and a\nnew line")
	})
	trace.Log(ctx, "not UTF-8", "\xff\xfe\x00 and NUL")
	trace.Log(ctx, "long", "x"+strings.Repeat("é", 1500))
	trace.Log(ctx, strings.Repeat("key ", 400), "a long key")
	trace.WithRegion(ctx, strings.Repeat("r", 1024), func() {})
	trace.Log(context.Background(), "background", "a log without a task")
	trace.WithRegion(context.Background(), "background", func() {})
}

// oddEnds has a task that ends twice, one that ends after its parent and on
// another goroutine, one that never ends, and a region left open by a goroutine
// that exits.
func oddEnds(ctx context.Context) {
	ctx, parent := trace.NewTask(ctx, "ends twice")
	_, child := trace.NewTask(ctx, "outlives its parent")
	_, _ = trace.NewTask(ctx, "never ends")
	parent.End()
	parent.End()
	together(1, func(int) {
		child.End()
		trace.StartRegion(ctx, "left open")
		trace.StartRegion(ctx, "left open inside")
	})
	trace.StartRegion(ctx, "open when the trace stops")
}

func manyLogs(ctx context.Context, n int) {
	ctx, task := trace.NewTask(ctx, "many logs")
	defer task.End()
	for i := 0; i < n; i++ {
		trace.Logf(ctx, "counter", "value %d of %d", i, n)
	}
}
