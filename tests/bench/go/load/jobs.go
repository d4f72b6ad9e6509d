package main

import (
	"context"
	"fmt"
	"io"
	"io/ioutil"
	"net"
	"net/http"
	"runtime"
	"runtime/trace"
	"sync"
	"syscall"
	"time"
)

// shapes are the sorts of work that a trace may be of, each as often as it stands there.
var shapes = map[string][]func(number int){
	"mixed": {
		lock, annotate, readFile, lock, spawn, annotate, allocate, readFile,
		lock, annotate, request, allocate, readFile, spawn, pause, selects,
	},
	"syscalls":    {readFile, readFile, readFile, lock},
	"annotations": {annotate},
	"stacks":      {deep, deep, deep, lock},
	"short":       {spawn, spawn, spawn, selects},
	"idle":        {pause, pause, pause, lock},
}

// kinds is the one that was chosen.
var kinds []func(number int)

func do(number int) {
	kinds[number%len(kinds)](number)
}

var (
	shared [4]sync.Mutex
	totals [4]int
)

// lock holds a mutex while others run, so that they have to wait for it.
func lock(number int) {
	i := number % len(shared)
	shared[i].Lock()
	totals[i] += number
	if number%8 == 0 {
		runtime.Gosched()
	}
	shared[i].Unlock()
}

// annotate is a task with regions and logs, some on another goroutine. When
// many different things are to be said it says more.
func annotate(number int) {
	ctx, task := trace.NewTask(context.Background(), "order")
	defer task.End()
	trace.WithRegion(ctx, "check", func() {
		trace.Log(ctx, "customer", what(number))
	})
	if *strings > 1000 {
		for i := 0; i < 8; i++ {
			trace.Log(ctx, "item", what(number*8+i))
		}
	}
	together(1, func(int) {
		trace.WithRegion(ctx, "ship", func() { trace.Log(ctx, "state", "shipped") })
	})
}

func what(number int) string {
	return fmt.Sprintf("customer %08d of the shop in the main street", number*7919%*strings)
}

var zeros = func() int {
	fd, err := syscall.Open("/dev/zero", syscall.O_RDONLY, 0)
	check(err)
	return fd
}()

// readFile makes system calls that do not block.
func readFile(int) {
	buf := make([]byte, 64)
	for i := 0; i < 4; i++ {
		_, err := syscall.Read(zeros, buf)
		check(err)
	}
}

// recent keeps some garbage alive for a while.
var recent [256][]byte

var recentLock sync.Mutex

func allocate(number int) {
	for i := 0; i < 4; i++ {
		b := make([]byte, 8<<10)
		recentLock.Lock()
		recent[(number+i)%len(recent)] = b
		recentLock.Unlock()
	}
}

// spawn has goroutines that live for a moment.
func spawn(number int) {
	results := make(chan int)
	for i := 0; i < 3; i++ {
		go func(i int) { results <- number + i }(i)
	}
	for i := 0; i < 3; i++ {
		<-results
	}
}

func pause(number int) {
	time.Sleep(time.Duration(10+number%90) * time.Microsecond)
}

// selects waits for whichever comes first.
func selects(number int) {
	a, b, quit := make(chan int), make(chan int), make(chan bool)
	send := func(c chan<- int) {
		select {
		case c <- number:
		case <-quit:
		}
	}
	go send(a)
	go send(b)
	select {
	case <-a:
	case <-b:
	}
	close(quit)
}

var server = func() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go http.Serve(listener, http.HandlerFunc(answer))
	return "http://" + listener.Addr().String()
}()

func answer(w http.ResponseWriter, r *http.Request) {
	defer trace.StartRegion(r.Context(), "answer").End()
	fmt.Fprintln(w, "hello", r.URL.Path)
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: mostDrivers}}

// request asks our own server, over TCP.
func request(number int) {
	reply, err := client.Get(fmt.Sprintf("%s/%d", server, number%100))
	check(err)
	_, err = io.Copy(ioutil.Discard, reply.Body)
	check(err)
	check(reply.Body.Close())
}

// together runs n goroutines and waits for all of them.
func together(n int, work func(i int)) {
	var all sync.WaitGroup
	all.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			defer all.Done()
			work(i)
		}(i)
	}
	all.Wait()
}

// deep yields at the end of one of thousands of ways through two functions.
func deep(number int) {
	left(number*7919%8192, 13)
}

//go:noinline
func left(way, more int) {
	turn(way, more)
}

//go:noinline
func right(way, more int) {
	turn(way, more)
}

func turn(way, more int) {
	switch {
	case more == 0:
		runtime.Gosched()
	case way%2 == 0:
		left(way/2, more-1)
	default:
		right(way/2, more-1)
	}
}
