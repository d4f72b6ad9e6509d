package main

import (
	"sort"
	"strings"
	"sync"
	"time"
)

func init() { themes["stacks"] = stacks }

// stacks blocks at the end of short, deep, inlined, recursive and generated
// frames. The deepest is over the 128 frames that a trace keeps of one.
func stacks(r *recording) {
	r.start()
	defer r.stop()
	r.times(1, func(int) {
		for _, depth := range []int{1, 2, 10, 100, 127, 128, 129, 300} {
			recurse(depth)
		}
		bounce(9)
		inlined()
		closures()
		var w waiter = method{}
		w.wait()
		wait := w.wait
		wait()
		go w.wait()
		wrapped{w}.wait()
		sort.Sort(slowly{sort.StringSlice(strings.Split("some words to sort", " "))})
		time.Sleep(time.Millisecond)
	})
}

func recurse(depth int) {
	if depth == 0 {
		time.Sleep(time.Microsecond)
		return
	}
	recurse(depth - 1)
}

// bounce and rebound call each other: recursion over two functions.
func bounce(n int) {
	if n > 0 {
		rebound(n - 1)
	}
	time.Sleep(time.Microsecond)
}

func rebound(n int) { bounce(n) }

func inlined()      { inlinedOnce() }
func inlinedOnce()  { inlinedTwice() }
func inlinedTwice() { time.Sleep(time.Microsecond) }

func closures() {
	func() {
		func() {
			defer func() { time.Sleep(time.Microsecond) }()
			new(sync.Once).Do(func() { time.Sleep(time.Microsecond) })
		}()
	}()
}

type waiter interface{ wait() }

type method struct{}

func (method) wait() { time.Sleep(time.Microsecond) }

// wrapped has a method that the compiler writes.
type wrapped struct{ waiter }

// slowly blocks in a method that the standard library calls.
type slowly struct{ sort.StringSlice }

func (s slowly) Less(i, j int) bool {
	time.Sleep(time.Microsecond)
	return s.StringSlice.Less(i, j)
}
