package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"internal/trace/testtrace"
	"io"
	"os"
	"strconv"
)

// convertPairs writes each IN of the arguments IN OUT IN OUT ... to its OUT.
func convertPairs(convert func(path string) ([]byte, error)) error {
	args := flag.Args()
	if len(args)%2 != 0 {
		return errors.New("want pairs of input and output")
	}
	for ; len(args) > 0; args = args[2:] {
		data, err := convert(args[0])
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if err := os.WriteFile(args[1], data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// textTrace reads one of Go's text traces and prints what it expects:
// `success TAB file` or `failure TAB file`.
func textTrace(path string) ([]byte, error) {
	r, _, expect, err := testtrace.ParseFile(path)
	if err != nil {
		return nil, err
	}
	word := "success"
	if expect.Check(nil) != nil {
		word = "failure"
	}
	fmt.Printf("%s\t%s\n", word, path)
	return io.ReadAll(r)
}

// fuzzInput reads a file of Go's fuzz corpus whose one value is a []byte.
func fuzzInput(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	value, ok := bytes.CutPrefix(text, []byte("go test fuzz v1\n[]byte("))
	if !ok {
		return nil, errors.New("not a fuzz input of one []byte")
	}
	s, err := strconv.Unquote(string(bytes.TrimSuffix(bytes.TrimSpace(value), []byte(")"))))
	return []byte(s), err
}
