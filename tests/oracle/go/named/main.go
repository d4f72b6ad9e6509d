// named is a program whose line table is looked at: functions that call and
// inline each other, closures, methods, goroutines, and what the runtime brings.
package main

import (
	"sort"
	"strings"
)

type pile []string

func (p *pile) add(n int) {
	*p = append(*p, strings.Repeat("x", twice(n)))
}

func twice(n int) int {
	return plus(n, n)
}

func plus(a, b int) int {
	if a < 0 {
		panic("negative")
	}
	return a + b
}

//go:noinline
func work(n int, out chan<- string) {
	var p pile
	for i := 0; i < n; i++ {
		p.add(i)
	}
	sort.Slice(p, func(i, j int) bool { return len(p[i]) > len(p[j]) })
	out <- strings.Join(p, ",")
}

func main() {
	out := make(chan string)
	go work(3, out)
	go func() {
		defer close(out)
		work(4, out)
	}()
	for s := range out {
		println(s)
	}
}
