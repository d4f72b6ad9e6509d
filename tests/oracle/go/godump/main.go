// Godump prints what Go's own reader makes of a trace.
//
//	godump FILE                    one line an event (../README.md)
//	godump -counts FILE            Type,count
//	godump -created FILE           number of goroutines created
//	godump -check [-cuts N] [-try PROGRAM] FILE...
//	godump -totrace X.test OUT ... Go's text traces to binary ones
//	godump -unfuzz CORPUS OUT ...  Go's fuzz inputs to binary ones
package main

import (
	"errors"
	"flag"
	"io"
	"os"

	"cmd/oracle/dump"
)

var (
	counts  = flag.Bool("counts", false, "print how often each type occurs")
	created = flag.Bool("created", false, "print how many goroutines were created")
	totrace = flag.Bool("totrace", false, "write text traces as binary ones")
	unfuzz  = flag.Bool("unfuzz", false, "write fuzz inputs as binary traces")
)

func main() {
	dump.Main("godump", run)
}

func run() error {
	switch {
	case *dump.Check:
		return dump.CheckFiles(drain, flag.Args())
	case *totrace:
		return convertPairs(textTrace)
	case *unfuzz:
		return convertPairs(fuzzInput)
	case flag.NArg() != 1:
		return errors.New("want one file")
	case *counts:
		return show(flag.Arg(0), dumpCounts)
	case *created:
		return show(flag.Arg(0), dumpCreated)
	}
	return show(flag.Arg(0), dumpEvents)
}

// show prints one file by print, whose error says that Go refuses it.
func show(path string, print func(*dump.Writer, io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := dump.NewWriter(os.Stdout)
	return w.Finish(print(w, f))
}

// drain reads a trace to its end.
func drain(r io.Reader) error {
	return eachEvent(r, func(*event) {})
}
