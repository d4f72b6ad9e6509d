-- procs.lua: how busy each P was: with goroutines, in a syscall or not at all.
--
--   $ gotrace-lua procs testdata/real/go1.27-faults.trace | head -5
--   p     busy  runs  longest     idle  busy %
--   0  36.65ms    11     24ms  63.01ms  36.68%
--   1  30.12ms    47  14.15ms  68.52ms  30.15%
--   2  41.39ms    47  24.03ms  55.36ms  41.43%
--   3   46.3ms    25  28.41ms  42.15ms  46.34%
--   $ gotrace-lua procs testdata/real/go1.27-faults.trace | tail -5
--   p  over time, 5ms each
--   0  ······▁▁····▃███████
--   1  ▂▁▁▁▁▁·▁▁▁▁▁█████▅··
--   2  ·▁▁▁▁▁▁▁·▁▆███████▃·
--   3  ▁·▁▁▁▁·▁▁▁█████████▂
description = "Ps: how long each ran goroutines, and its share of the time"

local pictures = require("picture.pictures").new "p"
local covered = shared

local by = columns { by = { "p" }, "sum busy", "count runs", "max longest",
  "sum idle", { "last busy %", unit = "%" } }
by:ns():sort "key"

function on.state(s)
  if s.state == "Running" and s.p then
    by:add(s.p, s.dur, 1, s.dur, nil, nil)
    pictures:add(s.p, s.from, s.to)
  end
end

function on.proc(s)
  if s.state == "Idle" then
    by:add(s.p, nil, nil, nil, s.dur, nil)
  end
end

function on.finish(t)
  covered.ns = (covered.ns or 0) + t.covered
  pictures:show(t)
end

function on.done()
  for p, row in by:each() do
    local share = (row.busy or 0) / covered.ns
    by:add(p, nil, nil, nil, nil, math.floor(1e4 * share + 0.5) / 100)
  end
end
