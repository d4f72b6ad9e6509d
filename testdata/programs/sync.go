package main

import (
	"runtime"
	"sync"
	"time"
)

func init() { themes["sync"] = locks }

// locks contends for mutexes, waits on conditions and wait groups, and yields.
func locks(r *recording) {
	r.start()
	defer r.stop()
	r.times(2, func(int) {
		contend(4, 30)
		readersAndWriter(5, 12)
		turnstile(6)
		once(5)
		yield(3, 20)
	})
}

// contend holds a mutex long enough for the others to block on it.
func contend(workers, rounds int) {
	var mu sync.Mutex
	together(workers, func(int) {
		for i := 0; i < rounds; i++ {
			mu.Lock()
			spin(30 * time.Microsecond)
			mu.Unlock()
		}
	})
}

func readersAndWriter(readers, rounds int) {
	var mu sync.RWMutex
	together(readers+1, func(i int) {
		for n := 0; n < rounds; n++ {
			if i == 0 {
				mu.Lock()
				time.Sleep(50 * time.Microsecond)
				mu.Unlock()
				continue
			}
			mu.RLock()
			spin(20 * time.Microsecond)
			mu.RUnlock()
		}
	})
}

// turnstile lets goroutines through one by one with Signal, then the rest at
// once with Broadcast.
func turnstile(goroutines int) {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	tickets := 0
	issue := func(n int, wake func()) {
		mu.Lock()
		tickets += n
		mu.Unlock()
		wake()
		time.Sleep(200 * time.Microsecond)
	}
	go func() {
		issue(1, cond.Signal)
		issue(1, cond.Signal)
		issue(goroutines, cond.Broadcast)
	}()
	together(goroutines, func(int) {
		mu.Lock()
		defer mu.Unlock()
		for tickets == 0 {
			cond.Wait()
		}
		tickets--
	})
}

// once has all but one goroutine wait for the first to finish its work.
func once(goroutines int) {
	var first sync.Once
	together(goroutines, func(int) {
		first.Do(func() { time.Sleep(time.Millisecond) })
	})
}

// yield gives up the P without blocking, on more goroutines than Ps.
func yield(each, rounds int) {
	together(each*runtime.GOMAXPROCS(0), func(int) {
		for i := 0; i < rounds; i++ {
			runtime.Gosched()
		}
	})
}
