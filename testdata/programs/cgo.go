//go:build cgo
// +build cgo

package main

/*
#include <unistd.h>

extern void fromC(int n);

static void callBack(int n) { fromC(n); }
static void rest(void) { usleep(2000); }
*/
import "C"

import "time"

func init() { themes["cgo"] = cgo }

// cgo makes short and long calls into C, and calls from there back into Go.
func cgo(r *recording) {
	r.start()
	r.times(2, func(int) {
		together(4, func(i int) {
			for n := 0; n < 5; n++ {
				C.callBack(C.int(i))
			}
			C.rest()
		})
	})
	r.stop()
}

//export fromC
func fromC(n C.int) {
	together(2, func(int) { time.Sleep(time.Duration(n) * 100 * time.Microsecond) })
}
