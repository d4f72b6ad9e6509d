// serve: a program under load that serves net/http/pprof, for live_spec.lua.
//
//	serve [-tls CERTIFICATE] [-unix PATH] [-write-timeout D]
//
// /slow?for=D works on a task "slow" for that long.
//
// It prints its port when it listens. -tls makes a certificate that nobody knows, and writes
// it there.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime/trace"
	"sync"
	"time"
)

// A worker that takes a lock, waits for a reply and makes garbage, over and over.
func work(mu *sync.Mutex, ask chan<- chan []byte) {
	for {
		ctx, task := trace.NewTask(context.Background(), "request")
		trace.WithRegion(ctx, "locked", func() {
			mu.Lock()
			defer mu.Unlock()
			time.Sleep(100 * time.Microsecond)
		})
		reply := make(chan []byte)
		ask <- reply
		<-reply
		task.End()
	}
}

func answer(asked <-chan chan []byte) {
	for reply := range asked {
		reply <- make([]byte, 64<<10)
	}
}

func load() {
	var mu sync.Mutex
	asked := make(chan chan []byte)
	for i := 0; i < 4; i++ {
		go answer(asked)
		go work(&mu, asked)
	}
}

func slow(w http.ResponseWriter, r *http.Request) {
	d, err := time.ParseDuration(r.FormValue("for"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, task := trace.NewTask(r.Context(), "slow")
	defer task.End()
	time.Sleep(d)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A certificate of this machine, signed by itself.
func certificate(path string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	about := x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "serve"},
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &about, &about, &key.PublicKey, key)
	check(err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	check(os.WriteFile(path, text, 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func main() {
	secure := flag.String("tls", "", "serve TLS, and write the certificate to this file")
	unix := flag.String("unix", "", "serve at this socket too")
	timeout := flag.Duration("write-timeout", 0, "the server's WriteTimeout")
	flag.Parse()
	server := &http.Server{WriteTimeout: *timeout}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	if *unix != "" {
		local, err := net.Listen("unix", *unix)
		check(err)
		go server.Serve(local)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	if *secure != "" {
		config := &tls.Config{Certificates: []tls.Certificate{certificate(*secure)}}
		listener = tls.NewListener(listener, config)
	}
	http.HandleFunc("/slow", slow)
	load()
	time.AfterFunc(10*time.Minute, func() { os.Exit(0) }) // whoever started it has forgotten it
	log.Fatal(server.Serve(listener))
}
