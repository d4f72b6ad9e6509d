//go:build !amd64
// +build !amd64

package zinnober

func zinnoberInAssembly() { waitZinnober() }
