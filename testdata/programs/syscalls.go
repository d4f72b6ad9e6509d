package main

import (
	"io/ioutil"
	"os"
	"runtime"
	"syscall"
	"time"
)

func init() { themes["syscalls"] = syscalls }

// syscalls makes short ones, which keep their P, and long ones, which lose it:
// to the monitor, to another goroutine, or to the garbage collector.
func syscalls(r *recording) {
	r.start()
	defer r.stop()
	r.times(1, func(int) {
		files(3, 15)
		rawPipe(10)
		polledPipe(10)
		naps(6, 3)
		lockedThreads(2, 5)
		stopWorldDuring(2)
	})
}

// files writes, syncs and reads back files of its own.
func files(workers, rounds int) {
	together(workers, func(int) {
		f, err := ioutil.TempFile("", "syscalls")
		check(err)
		defer os.Remove(f.Name())
		defer f.Close()
		page := make([]byte, 4096)
		for i := 0; i < rounds; i++ {
			_, err = f.WriteAt(page, int64(i*len(page)))
			check(err)
			_, err = f.ReadAt(page, 0)
			check(err)
		}
		check(f.Sync())
	})
}

// rawPipe blocks threads in read(2): the runtime does not poll these
// descriptors.
func rawPipe(bytes int) {
	var ends [2]int
	check(syscall.Pipe(ends[:]))
	go func() {
		for i := 0; i < bytes; i++ {
			time.Sleep(500 * time.Microsecond)
			syscall.Write(ends[1], []byte{byte(i)})
		}
		syscall.Close(ends[1])
	}()
	together(2, func(int) {
		buf := make([]byte, 1)
		for {
			if n, err := syscall.Read(ends[0], buf); n < 1 && err != syscall.EINTR {
				return
			}
		}
	})
	syscall.Close(ends[0])
}

// polledPipe blocks goroutines, not threads: the runtime polls os.File pipes.
func polledPipe(bytes int) {
	reader, writer, err := os.Pipe()
	check(err)
	go func() {
		for i := 0; i < bytes; i++ {
			time.Sleep(100 * time.Microsecond)
			writer.Write([]byte{byte(i)})
		}
		writer.Close()
	}()
	_, err = ioutil.ReadAll(reader)
	check(err)
	check(reader.Close())
}

// naps blocks more threads than there are Ps while other goroutines want to
// run, so that every P is taken from its syscall.
func naps(sleepers, rounds int) {
	together(sleepers+2, func(i int) {
		for n := 0; n < rounds; n++ {
			if i >= sleepers {
				spin(time.Millisecond)
				continue
			}
			nap(time.Duration(i+1) * time.Millisecond)
		}
	})
}

func nap(d time.Duration) {
	ts := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&ts, nil)
}

// lockedThreads binds goroutines to threads that sleep in syscalls.
func lockedThreads(n, rounds int) {
	together(n, func(int) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for i := 0; i < rounds; i++ {
			nap(200 * time.Microsecond)
			runtime.Gosched()
		}
	})
}

// stopWorldDuring stops the world while threads are in syscalls: it takes their
// Ps at once.
func stopWorldDuring(rounds int) {
	together(3, func(i int) {
		for n := 0; n < rounds; n++ {
			if i == 0 {
				var stats runtime.MemStats
				time.Sleep(time.Millisecond)
				runtime.ReadMemStats(&stats)
				continue
			}
			nap(3 * time.Millisecond)
		}
	})
}
