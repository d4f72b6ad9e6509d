package main

import "time"

func init() { themes["channels"] = channels }

// channels blocks in every way a channel can: on send, on receive, in select,
// and for ever.
func channels(r *recording) {
	r.start()
	defer r.stop()
	go blockForEver()
	r.times(2, func(int) {
		pingPong(60)
		fanOut(3, 90)
		merge(40)
		closeWakesAll(8)
	})
}

// blockForEver waits on a nil channel: the block that nothing ends.
func blockForEver() {
	var never chan int
	<-never
}

func pingPong(rounds int) {
	ball, back := make(chan int), make(chan int)
	go func() {
		for n := range ball {
			back <- n + 1
		}
		close(back)
	}()
	for i := 0; i < rounds; i++ {
		ball <- i
		<-back
	}
	close(ball)
	<-back
}

// fanOut feeds workers through a short buffer, so that the sender blocks too.
func fanOut(workers, jobs int) {
	work, done := make(chan int, 2), make(chan int, 2)
	for i := 0; i < workers; i++ {
		go func() {
			for n := range work {
				spin(20 * time.Microsecond)
				done <- n * n
			}
		}()
	}
	go func() {
		for i := 0; i < jobs; i++ {
			work <- i
		}
		close(work)
	}()
	for i := 0; i < jobs; i++ {
		<-done
	}
}

// merge selects between two senders of different pace and a timeout.
func merge(values int) {
	left, right := make(chan int), make(chan int)
	go send(left, values/2, 0)
	go send(right, values/2, 100*time.Microsecond)
	for left != nil || right != nil {
		select {
		case _, ok := <-left:
			if !ok {
				left = nil
			}
		case _, ok := <-right:
			if !ok {
				right = nil
			}
		case <-time.After(time.Second):
		}
	}
}

func send(to chan<- int, values int, pause time.Duration) {
	for i := 0; i < values; i++ {
		time.Sleep(pause)
		to <- i
	}
	close(to)
}

// closeWakesAll has one close unblock many receivers at once.
func closeWakesAll(receivers int) {
	gate := make(chan struct{})
	go func() {
		time.Sleep(time.Millisecond)
		close(gate)
	}()
	together(receivers, func(int) { <-gate })
}
