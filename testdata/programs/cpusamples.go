//go:build go1.19
// +build go1.19

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"runtime/pprof"
	"time"
)

func init() { themes["cpusamples"] = cpuSamples }

// cpuSamples runs the CPU profiler beside the trace; its samples go into
// the trace too. Profiler labels are set as well, to record
// that the trace does not carry them.
func cpuSamples(r *recording) {
	check(pprof.StartCPUProfile(new(bytes.Buffer)))
	r.start()
	labels := pprof.Labels("kind", "hashing", "tenant", "a")
	pprof.Do(context.Background(), labels, func(context.Context) {
		together(3, func(int) {
			r.times(1, func(int) { hash(250 * time.Millisecond) })
		})
	})
	r.times(1, func(int) { naps(2, 3) })
	r.stop()
	pprof.StopCPUProfile()
}

func hash(d time.Duration) {
	page := make([]byte, 4096)
	for began := time.Now(); time.Since(began) < d; {
		sum := sha256.Sum256(page)
		copy(page, sum[:])
	}
}
