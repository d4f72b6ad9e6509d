// Gocheck answers questions about traces, many in one process: a line each on
// standard input, its words separated by TAB, and a line each on standard
// output, `ok` or `error`, then TAB and words that say more.
//
//	read FILE                 ok GENERATIONS: Go's reader takes it, and sees so many
//	read115 FILE              the same of Go 1.15's parser
//	accept FILE               ok VERSION EVENTS: Go reads it all, and its validator agrees
//	accept-clockless FILE     the same, but for clock snapshots that increase
//	summary FILE OUT          ok; OUT holds Go's summary (summary.go)
//	summary115 FILE OUT       the same of a trace of Go 1.5 to 1.10
//	ranges FILE OUT           ok; OUT holds its ranges (ranges.go)
//	related FILE OUT          ok; OUT holds which goroutines are related to which (related.go)
//	blocked TOOL FILE OUT     ok; OUT holds Go's profile of waits for others (profile.go)
//	profile TOOL KIND FILE OUT ok; OUT holds its profile of KIND, net sync syscall sched
//	samples PROFILE OUT       ok; OUT holds what Go reads in a profile of pprof
//	jsontrace GOTRACE FILE OUT ok; OUT holds the events that Go's viewer gets (jsontrace.go)
//	viewer JSON OUT           the same of a file of such events
//	pages GOTRACE FILE OUT    ok N: `go tool trace` serves its N pages; OUT lists them
//
// VERSION is the minor one of the header: 26 for `go 1.26 trace`.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// command answers a question. The words are those behind its name.
type command struct {
	words  int
	answer func(words []string) (string, error)
}

var commands = map[string]command{
	"read":             {1, read},
	"read115":          {1, read115},
	"accept":           {1, accept},
	"accept-clockless": {1, acceptClockless},
	"summary":          {2, summarize},
	"summary115":       {2, summarize115},
	"ranges":           {2, ranges},
	"related":          {2, relate},
	"blocked":          {3, blocked},
	"profile":          {4, profiled},
	"samples":          {2, samples},
	"jsontrace":        {3, jsonTrace},
	"viewer":           {2, viewerFile},
	"pages":            {3, pages},
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		fmt.Println(reply(strings.Split(in.Text(), "\t")))
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "gocheck:", err)
		os.Exit(1)
	}
}

func reply(words []string) string {
	answer, err := run(words)
	switch {
	case err != nil:
		return "error\t" + oneLine(err.Error())
	case answer != "":
		return "ok\t" + answer
	}
	return "ok"
}

// run answers a question. What panics in Go's packages is an error like any
// other.
func run(words []string) (answer string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	cmd, ok := commands[words[0]]
	if !ok || len(words) != cmd.words+1 {
		return "", errors.New("no such question")
	}
	return cmd.answer(words[1:])
}

// oneLine gives the first lines of an error on one: Go appends its whole state.
func oneLine(s string) string {
	s, _, _ = strings.Cut(s, "\n\n")
	s = strconv.Quote(s)
	return s[1 : len(s)-1]
}
