package main

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"
)

func init() { themes["procs"] = procs }

// procs changes GOMAXPROCS under load and stops the world for every other
// reason that a program can give.
func procs(r *recording) {
	r.start()
	quit := make(chan struct{})
	defer close(quit)
	for i := 0; i < 6; i++ {
		go restless(quit)
	}
	r.times(1, func(int) {
		for _, n := range []int{7, 2, 12, 3, 1} {
			runtime.GOMAXPROCS(n)
			time.Sleep(2 * time.Millisecond)
		}
		stopWorld()
	})
	r.stop()
}

// restless works and sleeps until told to quit.
func restless(quit <-chan struct{}) {
	for {
		select {
		case <-quit:
			return
		default:
			spin(100 * time.Microsecond)
			time.Sleep(time.Millisecond)
		}
	}
}

func stopWorld() {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	runtime.Stack(make([]byte, 1<<16), true)
	for _, name := range []string{"goroutine", "goroutineleak"} {
		if profile := pprof.Lookup(name); profile != nil {
			profile.WriteTo(new(bytes.Buffer), 0)
		}
	}
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	check(err)
	debug.WriteHeapDump(nowhere.Fd())
	check(nowhere.Close())
	syscall.Setuid(os.Getuid()) // on every thread, from Go 1.16 on
	runtime.GC()
}
