package main

import (
	"sync"
	"time"
)

func init() { services["catalog"] = serveCatalog }

// serveCatalog has a mutex that is held while a price is worked out: six goroutines ask for
// prices, and one of them at a time is served.
func serveCatalog() {
	c := &catalog{prices: map[int]int{}}
	each(6, func(i int) {
		for n := 0; n < 25; n++ {
			c.price(i*25 + n)
			time.Sleep(100 * time.Microsecond) // the network, to whoever asks next
		}
	})
}

type catalog struct {
	mu     sync.Mutex
	prices map[int]int
}

func (c *catalog) price(item int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if price, ok := c.prices[item]; ok {
		return price
	}
	compute(300 * time.Microsecond)
	c.prices[item] = item * 3
	return c.prices[item]
}
