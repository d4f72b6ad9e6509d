package main

import (
	"bufio"
	"fmt"
	"internal/profile"
	"os"
	"os/exec"
	"strings"
)

// blocked writes what `go tool trace -pprof=sync` says of a trace: a line for each stack,
//
//	COUNT ns frame;frame...
//
// leaf first, each frame FUNC:LINE.
func blocked(words []string) (string, error) {
	prof, err := profileOf(words[0], words[1])
	if err != nil {
		return "", err
	}
	out, err := os.Create(words[2])
	if err != nil {
		return "", err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	for _, s := range prof.Sample {
		fmt.Fprintf(w, "%d %d %s\n", s.Value[0], s.Value[1], frames(s))
	}
	return "", w.Flush()
}

// profileOf runs the tool.
func profileOf(name, path string) (*profile.Profile, error) {
	tool := exec.Command(name, "-pprof=sync", path)
	var why strings.Builder
	tool.Stderr = &why
	data, err := tool.Output()
	if err != nil {
		return nil, fmt.Errorf("go tool trace: %v: %s", err, why.String())
	}
	return profile.Parse(strings.NewReader(string(data)))
}

func frames(s *profile.Sample) string {
	var list []string
	for _, loc := range s.Location {
		for _, line := range loc.Line {
			list = append(list, fmt.Sprintf("%s:%d", line.Function.Name, line.Line))
		}
	}
	return strings.Join(list, ";")
}
