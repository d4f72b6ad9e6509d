//go:build go1.25
// +build go1.25

package main

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func init() { themes["bubbles"] = bubbles }

// bubbles runs goroutines in testing/synctest's bubbles of fake time, which
// have wait reasons of their own. A bubble belongs to a test, so this is one.
func bubbles(r *recording) {
	test := testing.InternalTest{Name: "bubble", F: func(t *testing.T) {
		r.start()
		defer r.stop()
		r.times(5, func(int) { synctest.Test(t, bubble) })
	}}
	everything := func(_, _ string) (bool, error) { return true, nil }
	testing.Main(everything, []testing.InternalTest{test}, nil, nil) // exits
}

func bubble(*testing.T) {
	var all sync.WaitGroup
	gate := make(chan struct{})
	all.Add(3)
	for i := 0; i < 3; i++ {
		go func() {
			defer all.Done()
			<-gate
			time.Sleep(time.Hour)
		}()
	}
	synctest.Wait()
	close(gate)
	all.Wait()
}
