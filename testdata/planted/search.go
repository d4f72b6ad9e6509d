package main

import (
	"time"
)

func init() { services["search"] = serveSearch }

// serveSearch asks a backend for each query in a goroutine, and waits for the answer no longer
// than a millisecond. The channel has no buffer: where the answer comes later nobody takes it, and
// the goroutine stays.
func serveSearch() {
	for n := 0; n < 40; n++ {
		query(n)
	}
	time.Sleep(5 * time.Millisecond)
}

func query(n int) int {
	answer := make(chan int)
	go func() { answer <- askBackend(n) }()
	select {
	case a := <-answer:
		return a
	case <-time.After(time.Millisecond):
		return -1
	}
}

func askBackend(n int) int {
	if n%3 == 0 {
		time.Sleep(3 * time.Millisecond)
	}
	compute(50 * time.Microsecond)
	return n
}
