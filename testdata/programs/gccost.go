//go:build go1.20
// +build go1.20

package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

func init() { themes["gccost"] = gcCost }

// gcCost measures what the collector takes, by the runtime's own count. With one P a goroutine
// that runs has a thread that runs: with more of them than the machine has cores free, the
// trace has goroutines running that wait for a core, and the runtime does not count that. It
// logs, in ns, what the collector's workers took and what goroutines had to help them.
func gcCost(r *recording) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	runtime.GC() // what is counted begins here
	workers, assist := collectorTimes()
	r.start()
	defer r.stop()
	r.times(1, func(int) {
		kept := growLeaves(16)
		together(2, func(int) { wasteMemory(4) })
		runtime.KeepAlive(kept)
	})
	runtime.GC() // the runtime counts as a cycle ends
	workersThen, assistThen := collectorTimes()
	measured("collector's workers", workersThen-workers)
	measured("help for the collector", assistThen-assist)
}

func collectorTimes() (workers, assist time.Duration) {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/mark/dedicated:cpu-seconds"}, // and of those that work part of the time
		{Name: "/cpu/classes/gc/mark/idle:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/assist:cpu-seconds"},
	}
	metrics.Read(samples)
	seconds := func(i int) time.Duration {
		return time.Duration(samples[i].Value.Float64() * float64(time.Second))
	}
	return seconds(0) + seconds(1), seconds(2)
}
