package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"sync"
	"time"
)

func init() { themes["services"] = services }

// services does more of what people look for with a trace, as faults does: orders that go
// from goroutine to goroutine, one user of which is slow; a heap that the collector works
// for; stops of the world; goroutines that are created by the dozen; one worker that has all
// the work. It logs what it measured of itself, as key "measured NAME" and ns, or a number.
func services(r *recording) {
	before := debug.SetGCPercent(400)
	defer debug.SetGCPercent(before)
	runtime.GC() // what is counted of it begins here
	since := cycles()
	r.start()
	defer r.stop()
	r.times(1, func(int) {
		takeOrders(12)
		workUnfairly(8)
		startMany(40)
		stopTheWorld(20)
		churnHeap(6)
	})
	counted("collections", cycles()-since)
}

func cycles() int {
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	return int(stats.NumGC)
}

// counted logs a number that is no time.
func counted(what string, n int) { measured(what, time.Duration(n)) }

type purchase struct {
	ctx  context.Context
	user string
	done chan bool
	// What pricing it took, and of that asking for rates.
	pricing, rates time.Duration
}

// takeOrders lets each order, a task, go through three goroutines, each of which starts the
// next: those of the user eve take long in the second.
func takeOrders(n int) {
	var pricing, rates, eve time.Duration
	for i := 0; i < n; i++ {
		o := &purchase{user: []string{"ann", "bob", "eve"}[i%3], done: make(chan bool)}
		took := placeOrder(o)
		if o.user == "eve" {
			eve += took
		}
		pricing += o.pricing
		rates += o.rates
	}
	measured("orders of eve", eve)
	measured("pricing", pricing)
	measured("asking for rates", rates)
}

func placeOrder(o *purchase) time.Duration {
	began := time.Now()
	ctx, task := trace.NewTask(context.Background(), "order")
	defer task.End()
	o.ctx = ctx
	trace.Log(ctx, "user", o.user)
	go checkOrder(o)
	<-o.done
	return time.Since(began)
}

func checkOrder(o *purchase) {
	trace.WithRegion(o.ctx, "check", func() { spin(50 * time.Microsecond) })
	go priceOrder(o)
}

func priceOrder(o *purchase) {
	began := time.Now()
	trace.WithRegion(o.ctx, "price", func() {
		spin(100 * time.Microsecond)
		if o.user == "eve" {
			asked := time.Now()
			askForRates()
			o.rates = time.Since(asked)
		}
	})
	o.pricing = time.Since(began)
	go packOrder(o)
}

func askForRates() { time.Sleep(5 * time.Millisecond) }

func packOrder(o *purchase) {
	trace.WithRegion(o.ctx, "pack", func() { spin(50 * time.Microsecond) })
	o.done <- true
}

// workUnfairly has four workers, of which one gets all the work.
func workUnfairly(n int) {
	var all sync.WaitGroup
	all.Add(4)
	var busy time.Duration
	go busyWorker(n, &all, &busy)
	for i := 0; i < 3; i++ {
		go idleWorker(&all)
	}
	all.Wait()
	measured("busy worker", busy)
}

func busyWorker(n int, all *sync.WaitGroup, busy *time.Duration) {
	defer all.Done()
	for i := 0; i < n; i++ {
		began := time.Now()
		spin(time.Millisecond)
		*busy += time.Since(began)
	}
}

func idleWorker(all *sync.WaitGroup) { all.Done() }

// startMany starts a goroutine for each of many small things.
func startMany(n int) {
	var all sync.WaitGroup
	all.Add(n)
	for i := 0; i < n; i++ {
		go handleOne(&all)
	}
	all.Wait()
	counted("goroutines started", n)
}

func handleOne(all *sync.WaitGroup) { all.Done() }

// stopTheWorld asks for what cannot be had while goroutines run.
func stopTheWorld(n int) {
	var stats runtime.MemStats
	for i := 0; i < n; i++ {
		runtime.ReadMemStats(&stats)
	}
	counted("stops for statistics", n)
}

type leaf struct{ left, right *leaf }

func growLeaves(depth int) *leaf {
	if depth == 0 {
		return &leaf{}
	}
	return &leaf{growLeaves(depth - 1), growLeaves(depth - 1)}
}

// churnHeap allocates so much that the collector has to work, and what allocates has to help.
func churnHeap(rounds int) {
	debug.SetGCPercent(25)
	kept := growLeaves(16)
	together(2, func(int) { wasteMemory(rounds) })
	runtime.KeepAlive(kept)
	debug.SetGCPercent(400)
	runtime.GC()
}

func wasteMemory(rounds int) {
	for i := 0; i < rounds; i++ {
		runtime.KeepAlive(growLeaves(13))
	}
}
