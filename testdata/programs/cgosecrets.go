//go:build cgo
// +build cgo

package main

/*
#include <unistd.h>

extern void zinnoberFromC(int n);

static void zinnober_in_c(int n) { usleep(1000); zinnoberFromC(n); }
*/
import "C"

import (
	"context"
	"fmt"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"time"
)

func init() { themes["cgosecrets"] = secrets }

// secretsMore is the part that not every version can compile.
var secretsMore = func() {}

// secretsElsewhere is the part whose files say where they were built.
var secretsElsewhere func()

// A zinnoberLedger is a type of which nobody should hear.
type zinnoberLedger struct {
	lock    sync.Mutex
	entries map[string]zinnoberEntry
}

type zinnoberEntry struct{ zinnoberAmount int }

// A zinnoberVisitor is called through an interface.
type zinnoberVisitor interface{ visitZinnober(name string) }

func (l *zinnoberLedger) visitZinnober(name string) {
	l.lock.Lock()
	defer l.lock.Unlock()
	time.Sleep(100 * time.Microsecond)
	l.entries[name] = zinnoberEntry{len(name)}
}

func (e zinnoberEntry) waitZinnober() { time.Sleep(time.Duration(e.zinnoberAmount) * time.Microsecond) }

// secrets has the word Zinnober in every place where a program can put a string.
func secrets(r *recording) {
	r.start()
	defer r.stop()
	ctx, task := trace.NewTask(context.Background(), "task-Zinnober-7")
	defer task.End()
	var ledger zinnoberVisitor = &zinnoberLedger{entries: map[string]zinnoberEntry{}}
	labels := pprof.Labels("label-Zinnober", "value-Zinnober")
	pprof.Do(ctx, labels, func(ctx context.Context) {
		r.times(4, func(i int) {
			together(3, func(n int) {
				trace.WithRegion(ctx, fmt.Sprintf("region-Zinnober-%d", n), func() {
					ledger.visitZinnober(fmt.Sprint(i, n))
				})
				trace.Logf(ctx, "key-Zinnober", "value-Zinnober %d of zinnober@example.com", i)
			})
		})
	})
	go zinnoberEntry.waitZinnober(zinnoberEntry{200})
	go func() { (&zinnoberLedger{entries: map[string]zinnoberEntry{}}).visitZinnober("x") }()
	C.zinnober_in_c(3)
	secretsMore()
	secretsElsewhere()
	churn(1)
	time.Sleep(time.Millisecond)
}

//export zinnoberFromC
func zinnoberFromC(n C.int) { time.Sleep(time.Duration(n) * 100 * time.Microsecond) }
