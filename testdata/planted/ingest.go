package main

import (
	"time"
)

func init() { services["ingest"] = serveIngest }

type record struct{ source, number int }

// serveIngest has five goroutines that read records, and one that stores them, a record at a time:
// it is the slow one, and a channel without a buffer makes all wait for it.
func serveIngest() {
	records := make(chan record)
	stored := make(chan bool)
	go storeAll(records, stored)
	each(5, func(i int) {
		for n := 0; n < 30; n++ {
			compute(40 * time.Microsecond) // parse
			records <- record{i, n}
		}
	})
	close(records)
	<-stored
}

func storeAll(records chan record, stored chan bool) {
	var total int
	for r := range records {
		total += store(r)
	}
	stored <- total > 0
}

func store(r record) int {
	compute(250 * time.Microsecond)
	return r.number
}
