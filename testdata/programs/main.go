// Programs makes the execution traces under testdata/real: one theme a run.
//
//	programs [-scale N] [-procs N] THEME FILE   record THEME into FILE
//	programs -list                              print the themes it knows
//
// It builds on Linux with every Go from 1.15 on, so it avoids what came later; a
// theme that needs more has a file of its own with a build constraint. Work is
// counted where it can be, not timed, so that a slow machine records about as
// many events as a fast one.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"sort"
	"strings"
	"sync"
	"time"
)

// A recording is the trace that a theme fills. A theme starts and stops it by
// itself: some are about what happens around these moments.
type recording struct {
	file  *os.File
	scale int // repeats the theme's work; 1 makes the small recordings
}

// themes is filled by the init functions beside the themes.
var themes = map[string]func(*recording){}

func main() {
	list := flag.Bool("list", false, "print the themes it knows")
	scale := flag.Int("scale", 1, "repeat the theme's work `N` times")
	procs := flag.Int("procs", 4, "run on `N` Ps; more than cores makes more rare events")
	flag.Parse()
	if *list {
		fmt.Println(strings.Join(themeNames(), "\n"))
		return
	}
	theme, ok := themes[flag.Arg(0)]
	if !ok || flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: programs [-scale N] [-procs N] THEME FILE")
		os.Exit(2)
	}
	runtime.GOMAXPROCS(*procs)
	file, err := os.Create(flag.Arg(1))
	check(err)
	theme(&recording{file, *scale})
	check(file.Close())
}

func themeNames() []string {
	var names []string
	for name := range themes {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (r *recording) start() { check(trace.Start(r.file)) }
func (r *recording) stop()  { trace.Stop() }

// times runs work n times for each unit of scale.
func (r *recording) times(n int, work func(i int)) {
	for i := 0; i < n*r.scale; i++ {
		work(i)
	}
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

// spin burns CPU without allocating or yielding.
func spin(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "programs:", err)
		os.Exit(1)
	}
}
