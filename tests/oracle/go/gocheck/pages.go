package main

import "errors"

func pages(words []string) (string, error) { return "", errors.New("todo") }
