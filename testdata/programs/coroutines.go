//go:build go1.23
// +build go1.23

package main

import (
	"iter"
	"time"
)

func init() { themes["coroutines"] = coroutines }

// coroutines switches between goroutines without the scheduler: iter.Pull.
func coroutines(r *recording) {
	early, stopEarly := iter.Pull(countTo(3))
	early()
	r.start()
	early()
	stopEarly()
	r.times(3, func(int) {
		drain(countTo(50))
		drain(blocking(10))
		drain(nested(4))
		abandon()
		handOver()
	})
	_, _ = iter.Pull(countTo(3)) // never started: created blocked, for ever
	r.stop()
}

func countTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}

// blocking leaves the coroutine by the scheduler as well as by the switch.
func blocking(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
			time.Sleep(50 * time.Microsecond)
		}
	}
}

// nested is a coroutine that pulls from a coroutine.
func nested(depth int) iter.Seq[int] {
	if depth == 0 {
		return countTo(5)
	}
	return func(yield func(int) bool) {
		next, stop := iter.Pull(nested(depth - 1))
		defer stop()
		for v, ok := next(); ok && yield(v); v, ok = next() {
		}
	}
}

func drain(seq iter.Seq[int]) {
	next, stop := iter.Pull(seq)
	defer stop()
	for _, ok := next(); ok; _, ok = next() {
	}
}

// abandon stops a coroutine in its middle and another before its first step.
func abandon() {
	next, stop := iter.Pull(countTo(10))
	next()
	stop()
	_, stop = iter.Pull(countTo(10))
	stop()
}

// handOver has several goroutines pull from one coroutine in turn.
func handOver() {
	next, stop := iter.Pull(countTo(20))
	defer stop()
	for i := 0; i < 5; i++ {
		together(1, func(int) { next() })
	}
}
