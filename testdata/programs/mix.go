package main

import "context"

func init() { themes["mix"] = mix }

// mix does a bit of everything at once, round after round; with -scale it makes
// traces as big as a benchmark wants them.
func mix(r *recording) {
	r.start()
	defer r.stop()
	r.times(8, func(i int) {
		together(6, func(kind int) {
			switch kind {
			case 0:
				pingPong(60)
			case 1:
				fanOut(3, 60)
			case 2:
				contend(3, 10)
			case 3:
				rawPipe(3)
			case 4:
				churn(30)
			case 5:
				order(context.Background(), i)
			}
		})
		together(20, func(n int) { hop(n) })
	})
}

// hop passes a value through goroutines that live for one channel operation.
func hop(hops int) {
	from := make(chan int)
	go func(to chan<- int) { to <- 0 }(from)
	for i := 0; i < hops; i++ {
		to := make(chan int)
		go func(from <-chan int, to chan<- int) { to <- 1 + <-from }(from, to)
		from = to
	}
	<-from
}
