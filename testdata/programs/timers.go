package main

import (
	"context"
	"time"
)

func init() { themes["timers"] = timers }

// timers sleeps and waits for timers of every kind; the Ps go idle between
// them, so that unblocks come without a goroutine that made them.
func timers(r *recording) {
	r.start()
	defer r.stop()
	r.times(2, func(int) {
		sleepers(12)
		tick(25)
		alarms(10)
		deadlines(8)
	})
}

// sleepers sleep for different times, one of them for no time at all.
func sleepers(n int) {
	together(n, func(i int) {
		for k := 0; k < 5; k++ {
			time.Sleep(time.Duration(i*i) * 50 * time.Microsecond)
		}
	})
}

func tick(times int) {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for i := 0; i < times; i++ {
		<-ticker.C
	}
}

// alarms run functions on goroutines that the runtime creates; every third one
// is stopped in time and every third one put off.
func alarms(n int) {
	rang := make(chan int, n)
	expected := 0
	for i := 0; i < n; i++ {
		i := i
		alarm := time.AfterFunc(2*time.Millisecond, func() { rang <- i })
		switch {
		case i%3 == 0 && alarm.Stop():
			continue
		case i%3 == 1:
			alarm.Reset(4 * time.Millisecond)
		}
		expected++
	}
	for ; expected > 0; expected-- {
		<-rang
	}
}

// deadlines wait for a context that ends by itself or is cancelled from above.
func deadlines(n int) {
	parent, cancel := context.WithCancel(context.Background())
	time.AfterFunc(3*time.Millisecond, cancel)
	together(n, func(i int) {
		limit := time.Duration(i) * time.Millisecond
		ctx, cancel := context.WithTimeout(parent, limit)
		defer cancel()
		<-ctx.Done()
	})
}
