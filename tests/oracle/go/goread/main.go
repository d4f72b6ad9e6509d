// Goread reads a trace with Go's own reader, does nothing with its events but
// count them, and prints how many there are: what gotrace-lua's speed is
// compared with. With -summary Go's Summarizer sees them too, which knows how
// long goroutines did what. A file whose name ends in .gz is unpacked on the way.
package main

import (
	"compress/gzip"
	"flag"
	"fmt"
	"internal/trace"
	"io"
	"os"
	"strings"
)

func main() {
	summary := flag.Bool("summary", false, "summarize the events, too")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: goread [-summary] FILE")
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	see := func(*trace.Event) {}
	if *summary {
		see = trace.NewSummarizer().Event
	}
	n, err := read(flag.Arg(0), see)
	if err != nil {
		fmt.Fprintln(os.Stderr, "goread:", err)
		os.Exit(3)
	}
	fmt.Println(n)
}

func read(path string, see func(*trace.Event)) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return count(f, see)
	}
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return 0, err
	}
	return count(unpacked, see)
}

func count(r io.Reader, see func(*trace.Event)) (int, error) {
	tr, err := trace.NewReader(r)
	if err != nil {
		return 0, err
	}
	for n := 0; ; n++ {
		event, err := tr.ReadEvent()
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		see(&event)
	}
}
