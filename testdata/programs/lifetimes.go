package main

import (
	"runtime"
	"sync"
	"time"
)

func init() { themes["lifetimes"] = lifetimes }

// lifetimes starts and stops the trace amid goroutines in every state: running,
// runnable, waiting, in a syscall, bound to a thread. Some end during the trace,
// some outlive it, some are born in it and outlive it.
func lifetimes(r *recording) {
	var end sync.WaitGroup
	outlive, brief := make(chan struct{}), make(chan struct{})
	population(&end, outlive)
	population(&end, brief)
	time.Sleep(5 * time.Millisecond)
	r.start()
	r.times(1, func(int) { population(&end, outlive) })
	time.Sleep(3 * time.Millisecond)
	close(brief)
	generationsOf(4)
	time.Sleep(3 * time.Millisecond)
	r.stop()
	close(outlive)
	end.Wait()
}

// population starts a goroutine of each kind; all end after quit is closed.
func population(end *sync.WaitGroup, quit <-chan struct{}) {
	const pause = 500 * time.Microsecond
	kinds := []func(<-chan struct{}){
		func(quit <-chan struct{}) { <-quit },
		func(quit <-chan struct{}) { until(quit, pause, func() { spin(50 * time.Microsecond) }) },
		func(quit <-chan struct{}) { until(quit, pause, runtime.Gosched) },
		func(quit <-chan struct{}) { until(quit, pause, func() { time.Sleep(time.Millisecond) }) },
		func(quit <-chan struct{}) { until(quit, pause, func() { nap(2 * time.Millisecond) }) },
		func(quit <-chan struct{}) {
			runtime.LockOSThread() // and never unlocks: the thread ends with it
			until(quit, pause, func() { nap(time.Millisecond) })
		},
	}
	end.Add(len(kinds))
	for _, kind := range kinds {
		go func(kind func(<-chan struct{})) {
			defer end.Done()
			kind(quit)
		}(kind)
	}
}

// until repeats work, leaving the P alone between two rounds.
func until(quit <-chan struct{}, pause time.Duration, work func()) {
	for {
		select {
		case <-quit:
			return
		case <-time.After(pause):
			work()
		}
	}
}

// generationsOf has goroutines create goroutines and end in three ways: by
// returning, by Goexit, and by a panic that is recovered.
func generationsOf(depth int) {
	if depth == 0 {
		return
	}
	together(2, func(i int) {
		generationsOf(depth - 1)
		if i == 0 {
			runtime.Goexit()
		}
		defer func() { recover() }()
		panic("ends here")
	})
}
