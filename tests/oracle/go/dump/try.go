package dump

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// patience is how long our program may take over an input of some 100 KB.
const patience = 20 * time.Second

// tryOurs runs gotrace-lua, with a hook on every event, on data and returns
// its exit status (or what ended it) and its peak memory in KiB.
func tryOurs(program string, data []byte) string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-q", "-e", "function on.any() end", "-")
	cmd.Stdin = bytes.NewReader(data)
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "hang\t0"
	case cmd.ProcessState == nil:
		return fmt.Sprintf("%s\t0", appendEscaped(nil, err.Error(), ""))
	}
	return ending(cmd.ProcessState)
}

func ending(state *os.ProcessState) string {
	how := fmt.Sprint(state.ExitCode())
	if ws := state.Sys().(syscall.WaitStatus); ws.Signaled() {
		how = ws.Signal().String()
	}
	return fmt.Sprintf("%s\t%d", how, state.SysUsage().(*syscall.Rusage).Maxrss)
}
