package main

import (
	"bufio"
	"bytes"
	"fmt"
	"internal/profile"
	"os"
	"os/exec"
	"sort"
	"strings"
)

// blocked writes what `go tool trace -pprof=sync` says of a trace: a line for each stack,
//
//	COUNT ns frame;frame...
//
// leaf first, each frame FUNC:LINE.
func blocked(words []string) (string, error) {
	prof, err := profileOf(words[0], "sync", words[1])
	if err != nil {
		return "", err
	}
	return "", writeSamples(words[2], prof, func(s *profile.Sample) string {
		return fmt.Sprintf("%d %d %s", s.Value[0], s.Value[1], frames(s, false))
	})
}

// profiled writes what `go tool trace -pprof=KIND` says of a trace, as samples does.
func profiled(words []string) (string, error) {
	prof, err := profileOf(words[0], words[1], words[2])
	if err != nil {
		return "", err
	}
	return "", writeSamples(words[3], prof, sampleLine)
}

// samples writes what Go reads in a profile: a line for each sample,
//
//	VALUE VALUE... labels|frame;frame...
//
// leaf first, each frame FUNC FILE:LINE ADDRESS.
func samples(words []string) (string, error) {
	data, err := os.ReadFile(words[0])
	if err != nil {
		return "", err
	}
	prof, err := profile.Parse(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	if err := prof.CheckValid(); err != nil {
		return "", err
	}
	return "", writeSamples(words[1], prof, sampleLine)
}

func writeSamples(path string, prof *profile.Profile, line func(*profile.Sample) string) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	for _, s := range prof.Sample {
		fmt.Fprintln(w, line(s))
	}
	return w.Flush()
}

// sampleLine quotes what names may hold.
func sampleLine(s *profile.Sample) string {
	values := strings.Trim(fmt.Sprint(s.Value), "[]")
	return fmt.Sprintf("%s %s|%s", values, labels(s), frames(s, true))
}

func labels(s *profile.Sample) string {
	var list []string
	for key, values := range s.Label {
		list = append(list, fmt.Sprintf("%q=%q", key, values))
	}
	for key, values := range s.NumLabel {
		list = append(list, fmt.Sprintf("%q=%d", key, values))
	}
	sort.Strings(list)
	return strings.Join(list, ",")
}

// profileOf runs the tool.
func profileOf(name, kind, path string) (*profile.Profile, error) {
	tool := exec.Command(name, "-pprof="+kind, path)
	var why strings.Builder
	tool.Stderr = &why
	data, err := tool.Output()
	if err != nil {
		return nil, fmt.Errorf("go tool trace: %v: %s", err, why.String())
	}
	return profile.Parse(strings.NewReader(string(data)))
}

// frames are in full with their files and addresses.
func frames(s *profile.Sample, full bool) string {
	var list []string
	for _, loc := range s.Location {
		for _, line := range loc.Line {
			text := fmt.Sprintf("%s:%d", line.Function.Name, line.Line)
			if full {
				f := line.Function
				text = fmt.Sprintf("%q %q:%d %#x", f.Name, f.Filename, line.Line, loc.Address)
			}
			list = append(list, text)
		}
		if len(loc.Line) == 0 {
			list = append(list, fmt.Sprintf("%#x", loc.Address))
		}
	}
	return strings.Join(list, ";")
}
