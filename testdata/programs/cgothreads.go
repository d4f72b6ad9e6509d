//go:build cgo && go1.22
// +build cgo,go1.22

package main

/*
#cgo LDFLAGS: -lpthread
#include <pthread.h>
#include <unistd.h>

extern void fromC(int n);

static void *callGo(void *n) {
	for (int i = 0; i < 4; i++) {
		fromC((int)(long)n);
		usleep(300);
	}
	return NULL;
}

static void runThreads(int n) {
	pthread_t threads[16];
	for (long i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, callGo, (void *)i);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}
*/
import "C"

import "time"

func init() { themes["cgothreads"] = cgoThreads }

// cgoThreads has threads that C made call into Go: each gets a goroutine that
// begins and ends in a syscall. Some have called before the trace starts. Up to
// Go 1.21 such a trace is one that Go's own reader refuses.
func cgoThreads(r *recording) {
	go C.runThreads(2)
	time.Sleep(500 * time.Microsecond)
	r.start()
	r.times(2, func(int) { C.runThreads(4) })
	r.stop()
}
