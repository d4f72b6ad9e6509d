//go:build go1.23
// +build go1.23

package main

func init() { themes["allocfree"] = allocFree }

// allocFree holds the runtime's experimental events for every heap object, span
// and goroutine stack. The tracer writes them when GODEBUG=traceallocfree=1.
func allocFree(r *recording) {
	r.start()
	defer r.stop()
	r.times(1, func(int) {
		together(3, func(int) {
			recurse(200) // stack growth: frees and allocates stacks
			churn(6)
		})
		collect()
		churn(2)
	})
}
