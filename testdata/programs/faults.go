package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"strconv"
	"sync"
	"syscall"
	"time"
)

func init() { themes["faults"] = faults }

// faults does what people look for with a trace, each in a function of its own, and
// measures by itself how long it took: that is in the log, as key "measured NAME" and
// ns.
func faults(r *recording) {
	before := debug.SetGCPercent(400)
	defer debug.SetGCPercent(before)
	r.start()
	defer r.stop()
	r.times(1, func(int) {
		slowRequests(12)
		lockConvoy(3, 6)
		leakGoroutines(7)
		readSlowly(5)
		makeGarbage(60)
		hogProcessors()
	})
}

// measured logs what a part of the program found out about itself.
func measured(what string, d time.Duration) {
	trace.Log(context.Background(), "measured "+what, strconv.FormatInt(int64(d), 10))
}

type question struct {
	slow   bool
	answer chan int
}

// slowRequests serves requests, each a task, of which every fourth waits for a slow
// answer of a goroutine that serves them all.
func slowRequests(n int) {
	questions := make(chan question)
	go answerQuestions(questions)
	var slow time.Duration
	for i := 0; i < n; i++ {
		ctx, task := trace.NewTask(context.Background(), "request")
		waited := serveRequest(ctx, questions, i%4 == 3)
		if i%4 == 3 {
			slow += waited
		}
		task.End()
	}
	close(questions)
	measured("slow answers", slow)
}

func serveRequest(ctx context.Context, questions chan question, slow bool) time.Duration {
	trace.WithRegion(ctx, "parse", func() { spin(100 * time.Microsecond) })
	defer trace.StartRegion(ctx, "ask").End()
	answer := make(chan int)
	began := time.Now()
	questions <- question{slow, answer}
	<-answer
	return time.Since(began)
}

func answerQuestions(questions chan question) {
	for q := range questions {
		if q.slow {
			lookUpSlowly()
		}
		q.answer <- 1
	}
}

func lookUpSlowly() { time.Sleep(4 * time.Millisecond) }

// lockConvoy has one goroutine that holds a mutex for long, and others that want it
// for a moment.
func lockConvoy(others, rounds int) {
	var mu sync.Mutex
	var sum sync.Mutex
	var waited time.Duration
	together(others+1, func(i int) {
		for n := 0; n < rounds; n++ {
			if i == 0 {
				holdLock(&mu)
				continue
			}
			d := wantLock(&mu)
			sum.Lock()
			waited += d
			sum.Unlock()
		}
	})
	measured("lock waits", waited)
}

func holdLock(mu *sync.Mutex) {
	mu.Lock()
	time.Sleep(3 * time.Millisecond)
	mu.Unlock()
	runtime.Gosched()
}

func wantLock(mu *sync.Mutex) time.Duration {
	began := time.Now()
	mu.Lock()
	d := time.Since(began)
	mu.Unlock()
	time.Sleep(200 * time.Microsecond)
	return d
}

// leakGoroutines starts goroutines that wait for what never comes.
func leakGoroutines(n int) {
	never := make(chan int)
	for i := 0; i < n; i++ {
		go waitForNothing(never)
	}
	time.Sleep(time.Millisecond)
}

func waitForNothing(never chan int) { <-never }

// readSlowly reads from a pipe, as a call that keeps its thread, what comes late.
func readSlowly(n int) {
	var fds [2]int
	check(syscall.Pipe(fds[:]))
	go func() {
		for i := 0; i < n; i++ {
			time.Sleep(2 * time.Millisecond)
			_, err := syscall.Write(fds[1], []byte{1})
			check(err)
		}
	}()
	var blocked time.Duration
	for i := 0; i < n; i++ {
		began := time.Now()
		_, err := syscall.Read(fds[0], make([]byte, 1))
		check(err)
		blocked += time.Since(began)
	}
	measured("slow reads", blocked)
}

// makeGarbage allocates so much that the collector has to work.
func makeGarbage(rounds int) {
	together(2, func(int) {
		for i := 0; i < rounds; i++ {
			for k := 0; k < 16; k++ {
				garbage := make([]byte, 32<<10)
				garbage[0] = byte(i)
				runtime.KeepAlive(garbage)
			}
		}
	})
}

// hogProcessors has more goroutines that compute than there are processors for, so that
// those that are woken wait for their turn.
func hogProcessors() {
	began := time.Now()
	together(2*runtime.GOMAXPROCS(0), func(int) { computeForLong() })
	measured("hogging", time.Since(began))
}

func computeForLong() { spin(12 * time.Millisecond) }
