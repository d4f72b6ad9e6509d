// Load records an execution trace of a given size: a server in the midst of its
// work, made of requests, locks, system calls, allocation and annotations.
//
//	load [options] FILE
//
// It builds on Linux with every Go from 1.15 on, and does the same there.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"sync/atomic"
)

var (
	size       = flag.Int64("size", 1<<20, "stop when the trace has that many `bytes`")
	procs      = flag.Int("procs", 4, "run on `N` Ps")
	goroutines = flag.Int("goroutines", 1000, "share the work among `N` goroutines")
	strings    = flag.Int("strings", 64, "say `N` different things in logs")
	shape      = flag.String("shape", "mixed", "what the `work` is: mixed, syscalls, annotations, stacks, short, idle")
)

// output counts what the tracer has written.
type output struct {
	*os.File
	written int64
}

func (o *output) Write(b []byte) (int, error) {
	atomic.AddInt64(&o.written, int64(len(b)))
	return o.File.Write(b)
}

func (o *output) full() bool {
	return atomic.LoadInt64(&o.written) >= *size
}

func main() {
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: load [options] FILE")
		os.Exit(2)
	}
	kinds = shapes[*shape]
	if kinds == nil {
		fmt.Fprintln(os.Stderr, "load: no such work:", *shape)
		os.Exit(2)
	}
	runtime.GOMAXPROCS(*procs)
	file, err := os.Create(flag.Arg(0))
	check(err)
	out := &output{File: file}
	workers := hire(*goroutines)
	check(trace.Start(out))
	drive(workers, out.full)
	trace.Stop()
	check(file.Close())
}

// A job is a number that says what to do; its result is sent to done.
type job struct {
	number int
	done   chan<- int
}

// hire starts n workers, who wait for jobs.
func hire(n int) []chan job {
	workers := make([]chan job, n)
	for i := range workers {
		workers[i] = make(chan job)
		go work(workers[i])
	}
	return workers
}

func work(jobs <-chan job) {
	for j := range jobs {
		do(j.number)
		j.done <- j.number
	}
}

// Enough for GOMAXPROCS=64 to have work.
const mostDrivers = 128

// drive gives the workers jobs until enough is recorded. Each driver has
// workers of its own, and a few of them at work at a time.
func drive(workers []chan job, enough func() bool) {
	drivers := mostDrivers
	if few := (len(workers) + 3) / 4; few < drivers {
		drivers = few
	}
	var all sync.WaitGroup
	all.Add(drivers)
	for i := 0; i < drivers; i++ {
		from, to := i*len(workers)/drivers, (i+1)*len(workers)/drivers
		go func(i int) {
			defer all.Done()
			keepBusy(workers[from:to], i, enough)
		}(i)
	}
	all.Wait()
}

func keepBusy(workers []chan job, number int, enough func() bool) {
	const window = 4
	done := make(chan int, window)
	for i, busy := 0, 0; !enough() || busy > 0; i++ {
		if busy == window || enough() {
			<-done
			busy--
			continue
		}
		workers[i%len(workers)] <- job{number, done}
		number++
		busy++
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
