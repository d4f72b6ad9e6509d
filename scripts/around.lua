-- around.lua: keeps the time around the events for which an expression holds,
-- and cuts away the rest. It reads the trace twice: a file, not a pipe. Cuts
-- leave gaps in time, in which goroutines seem to stand still.
--
--   $ gotrace-lua around --when='reason == "select"' --pad=50us -s events testdata/real/go1.27-http.trace | head -4
--   type               count
--   GoStart              693
--   GoBlock              418
--   GoUnblock            402
--
--   $ gotrace-lua -q -o some.trace around --when='type == "GCBegin"' --pad=1ms testdata/real/go1.27-gc.trace
--   $ gotrace-lua count_gocreate some.trace
--   Created 7 goroutines
description = "Keep the time around some events: --when=EXPR --pad=5ms"
args = {
  { name = "when", short = "w", was = { "match", "m" }, type = "expr",
    required = true, help = "what the events are, as for -f" },
  { name = "pad", type = "duration", default = 5e6,
    help = "how much before and behind each of them" },
}

local match, pad = opt.when, opt.pad
local found = 0

function scan.any(ev)
  if match() then
    found = found + 1
    trace.window(ev.time - pad, ev.time + pad + 1)
  end
end

function on.begin(t)
  if found == 0 then
    fail("no event matches in %s", t.file)
  end
  found = 0
end
