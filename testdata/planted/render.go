package main

import (
	"context"
	"runtime/trace"
	"time"
)

func init() { services["render"] = serveRender }

// serveRender renders 200 pages, each a task. One of them, number 137, has a picture that is not in
// the cache and is fetched.
func serveRender() {
	for n := 0; n < 200; n++ {
		renderPage(n)
	}
}

func renderPage(n int) {
	ctx, task := trace.NewTask(context.Background(), "render")
	defer task.End()
	trace.WithRegion(ctx, "layout", func() { compute(30 * time.Microsecond) })
	trace.WithRegion(ctx, "pictures", func() { loadPicture(n) })
}

func loadPicture(n int) {
	if n == 137 {
		fetchPicture()
	}
	compute(20 * time.Microsecond)
}

func fetchPicture() { time.Sleep(12 * time.Millisecond) }
