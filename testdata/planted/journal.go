package main

import (
	"syscall"
	"time"
)

func init() { services["journal"] = serveJournal }

// serveJournal has eight goroutines that write to a slow disk with calls of the system which do
// not return for 4 ms, on four processors. Each takes its processor along until the runtime takes
// it away, and a thread: who answers requests waits up to a hundred times as long as usual.
func serveJournal() {
	go func() {
		for {
			answerRequest()
			time.Sleep(150 * time.Microsecond)
		}
	}()
	each(8, func(i int) {
		for n := 0; n < 8; n++ {
			compute(80 * time.Microsecond)
			flush()
		}
	})
}

func answerRequest() { compute(30 * time.Microsecond) }

// flush stands for fsync, which is quick where these are recorded.
func flush() {
	wait := syscall.NsecToTimespec(int64(4 * time.Millisecond))
	_ = syscall.Nanosleep(&wait, nil)
}
