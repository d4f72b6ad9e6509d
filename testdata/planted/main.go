// Planted makes traces of small services, each with one fault that is planted in it:
//
//	planted NAME FILE
//
// The names in them are those of a service, so that none says what is wrong: who looks for
// the fault has nothing but the trace. What it is stands in the comment of each service.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"time"
)

// services is filled by the init functions beside the services.
var services = map[string]func(){}

func main() {
	if len(os.Args) != 3 || services[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: planted NAME FILE")
		os.Exit(2)
	}
	runtime.GOMAXPROCS(4)
	file, err := os.Create(os.Args[2])
	check(err)
	check(trace.Start(file))
	services[os.Args[1]]()
	trace.Stop()
	check(file.Close())
}

// each runs n goroutines and waits for all of them.
func each(n int, work func(i int)) {
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

// compute needs a processor for as long.
func compute(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "planted:", err)
		os.Exit(1)
	}
}
