//go:build cgo
// +build cgo

package main

import (
	"time"

	zinnober "programs/zinnober.v2"
)

// What is built elsewhere says so by its path; a path of Windows stands behind the
// folder of this program, since here it is none.
func init() {
	secretsElsewhere = func() {
		zinnoberByPath()
		zinnoberOnWindows()
		zinnober.Stay(100 * time.Microsecond)
	}
}

//line /Users/zinnober/build/ledger.go:7
func zinnoberByPath() { time.Sleep(100 * time.Microsecond) }

//line C:\Users\Zinnober\pay\book.go:9
func zinnoberOnWindows() { time.Sleep(100 * time.Microsecond) }
