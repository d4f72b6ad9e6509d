package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"internal/trace/traceviewer/format"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
)

// jsonTrace writes what `go tool trace` serves as /jsontrace: a line for each event, as JSON
// with its stacks in full, sorted.
func jsonTrace(words []string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	server, err := serve(ctx, words[0], words[1])
	if err != nil {
		return "", err
	}
	defer server.stop()
	req, err := http.NewRequestWithContext(ctx, "GET", server.base+"/jsontrace", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	return "", writeViewer(resp.Body, words[2])
}

// viewerFile writes the same of a file.
func viewerFile(words []string) (string, error) {
	in, err := os.Open(words[0])
	if err != nil {
		return "", err
	}
	defer in.Close()
	return "", writeViewer(in, words[1])
}

// viewerEvent is one with its stacks in place of their numbers.
type viewerEvent struct {
	*format.Event
	Stack, EndStack string
}

func writeViewer(in io.Reader, to string) error {
	var data format.Data
	dec := json.NewDecoder(in)
	if err := dec.Decode(&data); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("something behind the events")
	}
	lines := []string{"unit " + data.TimeUnit}
	for _, ev := range data.Events {
		full := viewerEvent{ev, viewerStack(data.Frames, ev.Stack), viewerStack(data.Frames, ev.EndStack)}
		ev.Stack, ev.EndStack = 0, 0
		line, err := json.Marshal(full)
		if err != nil {
			return err
		}
		lines = append(lines, string(line))
	}
	sort.Strings(lines)
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	return w.Flush()
}

// viewerStack names the frames from leaf to root.
func viewerStack(frames map[string]format.Frame, id int) string {
	var list []string
	for id != 0 {
		f := frames[strconv.Itoa(id)]
		list = append(list, f.Name)
		id = f.Parent
	}
	return strings.Join(list, ";")
}
