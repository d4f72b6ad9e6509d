package dump

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
)

var (
	// Check asks for CheckFiles instead of a dump.
	Check = flag.Bool("check", false, "print whether each file is taken")

	cuts = flag.Int("cuts", 0, "with -check: judge every 1/`N` of each file instead")
	try  = flag.String("try", "", "with -check: run gotrace-lua, this `PROGRAM`, on the same")
)

// subject is one input to judge: a file, or a beginning of it.
type subject struct {
	name string
	data []byte
}

// CheckFiles prints for each file whether read takes it:
//
//	ok TAB file TAB
//	refused TAB file TAB reason
//
// With -cuts N it does so for each beginning of 1/N, 2/N ... of the file
// instead, named FILE@BYTES. With -try TAB, exit status and TAB, peak memory in
// KiB of our program follow.
func CheckFiles(read func(io.Reader) error, paths []string) error {
	w := NewWriter(os.Stdout)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		w.verdicts(read, subjects(path, data))
	}
	return w.Finish(nil)
}

func subjects(path string, data []byte) []subject {
	if *cuts == 0 {
		return []subject{{path, data}}
	}
	var subs []subject
	for k := 1; k < *cuts; k++ {
		n := len(data) * k / *cuts
		subs = append(subs, subject{fmt.Sprintf("%s@%d", path, n), data[:n]})
	}
	return subs
}

// verdicts judges subs side by side and prints the results in their order.
func (w *Writer) verdicts(read func(io.Reader) error, subs []subject) {
	lines := make([]string, len(subs))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, s := range subs {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			lines[i] = verdict(read, s)
			if *try != "" {
				lines[i] += "\t" + tryOurs(*try, s.data)
			}
			<-slots
		}()
	}
	wg.Wait()
	for _, line := range lines {
		w.Line(line)
	}
}

func verdict(read func(io.Reader) error, s subject) (line string) {
	// A panic of the reader is a refusal like any other.
	defer func() {
		if r := recover(); r != nil {
			line = refusal(s, fmt.Errorf("panic: %v", r))
		}
	}()
	if err := read(bytes.NewReader(s.data)); err != nil {
		return refusal(s, err)
	}
	return fmt.Sprintf("ok\t%s\t", s.name)
}

// refusal gives the first line of err only: Go appends its whole state.
func refusal(s subject, err error) string {
	msg, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Sprintf("refused\t%s\t%s", s.name, appendEscaped(nil, msg, ""))
}

// Main runs what a program does and turns its error into the exit status.
func Main(name string, run func() error) {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
}
