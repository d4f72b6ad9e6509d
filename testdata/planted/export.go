package main

import (
	"strconv"
	"strings"
)

func init() { services["export"] = serveExport }

// serveExport makes lines of text of records by adding a field at a time to a string: each
// makes a new one, and the collector runs all the time.
func serveExport() {
	each(3, func(i int) {
		for n := 0; n < 5; n++ {
			exportPage(i, n)
		}
	})
}

var pages [3][]string

func exportPage(i, n int) {
	line := ""
	for field := 0; field < 400; field++ {
		line = addField(line, strconv.Itoa(field*n))
	}
	pages[i] = append(pages[i], strings.Split(line, ",")...)
}

func addField(line, field string) string { return line + "," + field + "-of-the-record" }
