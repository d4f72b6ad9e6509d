-- created_by.lua: how many goroutines were started with each function: the one that the go
-- statement calls, not the one that the statement stands in.
--
-- Who stands in it, the creator, has -a 'count() by stack.user.func as creator' with
-- -f 'type == "GoCreate"'.
--
--   $ gotrace-lua created_by testdata/real/go1.27-http.trace
--   function                                             goroutines
--   net/http.(*connReader).backgroundRead                        48
--   runtime.gcBgMarkWorker                                        4
--   main.together.func1                                           3
--   net/http.(*Transport).startDialConnForLocked.func1            3
--   net/http.(*conn).serve                                        3
--   net/http.(*persistConn).readLoop                              3
--   net/http.(*persistConn).writeLoop                             3
--   runtime.(*traceAdvancerState).start.func1                     1
--   runtime.traceStartReadCPU.func1                               1
--   runtime/trace.(*traceMultiplexer).startLocked.func1           1
--
--   $ gotrace-lua created_by -F json testdata/real/go1.27-http.trace | head -n 1
--   {"function":"net/http.(*connReader).backgroundRead","goroutines":48}
description = "Goroutines created, by the function that `go` called"
args = {
  { name = "by", choices = { "trace" },
    help = "each trace has rows of its own" },
}

local by = opt.by and count("goroutines", "trace", "function") or
  count("goroutines", "function")

local function add(func)
  if opt.by then
    by:add(trace, func)
  else
    by:add(func)
  end
end

local function created(ev)
  add(ev.new_stack.root.func)
end
on.GoCreate, on.GoCreateBlocked = created, created

-- By C code, in a thread that Go did not make: no Go function was asked for.
function on.GoCreateSyscall()
  add "(called from C)"
end
