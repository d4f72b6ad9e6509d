//go:build go1.25
// +build go1.25

package main

import (
	"context"
	"runtime/trace"
	"time"
)

func init() { themes["flight"] = flight }

// flight is a snapshot of the flight recorder: it starts with goroutines, tasks
// and regions whose beginnings were thrown away, several generations in one
// file, the last cut where the snapshot was taken. GODEBUG=traceadvanceperiod
// is set outside to less than the age kept.
func flight(r *recording) {
	fr := trace.NewFlightRecorder(trace.FlightRecorderConfig{
		MinAge:   300 * time.Millisecond,
		MaxBytes: 1 << 20,
	})
	check(fr.Start())
	ctx, task := trace.NewTask(context.Background(), "older than the snapshot")
	quit := make(chan struct{})
	go until(quit, time.Millisecond, func() { nap(20 * time.Millisecond) })
	trace.WithRegion(ctx, "older than the snapshot", func() {
		for began := time.Now(); time.Since(began) < 900*time.Millisecond; {
			order(ctx, 0)
			time.Sleep(10 * time.Millisecond)
		}
	})
	_, err := fr.WriteTo(r.file)
	check(err)
	task.End()
	close(quit)
	fr.Stop()
}
