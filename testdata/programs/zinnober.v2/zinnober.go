// Package zinnober is one whose path has a dot.
package zinnober

import "time"

// A Guest waits for as long as it says.
type Guest struct{ time.Duration }

// Wait is called by assembly, where there is some.
func (g *Guest) Wait() { time.Sleep(g.Duration) }

var guest *Guest

// Called from assembly.
func waitZinnober() { guest.Wait() }

// Stay waits.
func Stay(d time.Duration) {
	guest = &Guest{d}
	zinnoberInAssembly()
}
