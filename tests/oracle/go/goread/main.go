// Goread reads a trace with Go's own reader, does nothing with its events but
// count them, and prints how many there are: what gotrace-lua's speed is
// compared with. A file whose name ends in .gz is unpacked on the way.
package main

import (
	"compress/gzip"
	"fmt"
	"internal/trace"
	"io"
	"os"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: goread FILE")
		os.Exit(2)
	}
	n, err := read(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "goread:", err)
		os.Exit(3)
	}
	fmt.Println(n)
}

func read(path string) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return count(f)
	}
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return 0, err
	}
	return count(unpacked)
}

func count(r io.Reader) (int, error) {
	tr, err := trace.NewReader(r)
	if err != nil {
		return 0, err
	}
	for n := 0; ; n++ {
		_, err := tr.ReadEvent()
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
