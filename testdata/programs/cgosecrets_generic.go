//go:build cgo && go1.18
// +build cgo,go1.18

package main

import "time"

func init() {
	secretsMore = func() {
		pair := zinnoberPair[zinnoberEntry, string]{}
		pair.sleepZinnober()
		zinnoberMap([]zinnoberEntry{{1}, {2}}, func(e zinnoberEntry) string {
			e.waitZinnober()
			return "Zinnober"
		})
	}
}

type zinnoberPair[A, B any] struct {
	a A
	b B
}

func (p *zinnoberPair[A, B]) sleepZinnober() { time.Sleep(100 * time.Microsecond) }

func zinnoberMap[A, B any](list []A, f func(A) B) (out []B) {
	for _, each := range list {
		out = append(out, f(each))
	}
	return out
}
