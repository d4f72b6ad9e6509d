package main

import (
	"runtime"
	"runtime/debug"
	"time"
)

func init() { themes["gc"] = garbage }

// garbage puts the collector under pressure: many cycles, allocating
// goroutines that must help to mark and to sweep, and forced cycles.
func garbage(r *recording) {
	defer debug.SetGCPercent(debug.SetGCPercent(15))
	r.start()
	defer r.stop()
	old := growTree(13)
	r.times(1, func(int) {
		together(4, func(int) { churn(40) })
		finalize(5)
		collect()
	})
	runtime.KeepAlive(old)
}

// A tree is live memory full of pointers: it makes marking take its time.
type tree struct {
	left, right *tree
	load        [6]int
}

func growTree(depth int) *tree {
	if depth == 0 {
		return nil
	}
	return &tree{left: growTree(depth - 1), right: growTree(depth - 1)}
}

// churn allocates objects of all sizes and drops most of them.
func churn(rounds int) {
	var kept [8][]byte
	for i := 0; i < rounds; i++ {
		kept[i%len(kept)] = make([]byte, 1000+i*700)
		growTree(7)
	}
	runtime.KeepAlive(&kept)
}

// collect forces a collection. It does so on one P: there runtime.GC yields to
// the sweeper that it waits for; beside a busy P it would yield to itself, tens
// of thousands of times.
func collect() {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	debug.FreeOSMemory()
}

// finalize gives the finalizer goroutine something to do.
func finalize(objects int) {
	done := make(chan struct{}, objects)
	for i := 0; i < objects; i++ {
		runtime.SetFinalizer(&tree{}, func(*tree) { done <- struct{}{} })
	}
	for i := 0; i < objects; i++ {
		churn(30)
		select {
		case <-done:
		case <-time.After(10 * time.Millisecond):
		}
	}
}
