package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

func init() { themes["http"] = httpLoad }

// httpLoad is a server under load from clients in the same process: network
// polling, connection goroutines, deep stacks.
func httpLoad(r *recording) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := &http.Server{Handler: handlers()}
	go server.Serve(listener)
	r.start()
	together(3, func(i int) {
		client := &http.Client{Transport: &http.Transport{}}
		r.times(16, func(n int) {
			paths := []string{"/quick", "/slow", "/busy", "/echo"}
			request(client, "http://"+listener.Addr().String()+paths[(i+n)%len(paths)])
		})
		client.CloseIdleConnections()
	})
	check(server.Close())
	r.stop()
}

func handlers() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/quick", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "quick")
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(2 * time.Millisecond)
		fmt.Fprintln(w, "slow")
	})
	mux.HandleFunc("/busy", func(w http.ResponseWriter, _ *http.Request) {
		sum := sha256.Sum256([]byte(strings.Repeat("busy", 20000)))
		fmt.Fprintf(w, "%x\n", sum)
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, req *http.Request) {
		io.Copy(w, req.Body)
	})
	return mux
}

func request(client *http.Client, url string) {
	reply, err := client.Post(url, "text/plain", strings.NewReader("hello"))
	check(err)
	var body strings.Builder
	_, err = io.Copy(&body, reply.Body)
	check(err)
	check(reply.Body.Close())
}
