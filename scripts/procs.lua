-- procs.lua: how busy each P was: with goroutines, in a syscall or not at all.
--
--   $ gotrace-lua procs testdata/real/go1.27-faults.trace | head -5
--   p     busy  runs  longest     idle  percent
--   0  36.65ms    11     24ms  63.01ms   36.68%
--   1  30.12ms    47  14.15ms  68.52ms   30.15%
--   2  41.39ms    47  24.03ms  55.36ms   41.43%
--   3   46.3ms    25  28.41ms  42.15ms   46.34%
--   $ gotrace-lua procs testdata/real/go1.27-faults.trace | tail -5
--   p  over time, 5ms each
--   0  ······▁▁····▃███████
--   1  ▂▁▁▁▁▁·▁▁▁▁▁█████▅··
--   2  ·▁▁▁▁▁▁▁·▁▆███████▃·
--   3  ▁·▁▁▁▁·▁▁▁█████████▂
description = "Ps: how long each ran goroutines, and its share of the time"
args = {
  { name = "by", type = "keys", default = "p",
    help = "what to group by: fields of spans" },
  { name = "top", short = "t", type = "int", default = 0,
    help = "rows to show; 0: all" },
}

local pictures = require("picture.pictures").new "p"
local covered = shared

local by = opt.by
local procs = columns { by = by.names, "sum busy", "count runs", "max longest",
  "sum idle", { "last percent", unit = "%" } }
procs:ns():sort "key":top(opt.top)

function on.state(s)
  if s.state == "Running" and s.p then
    by:add(procs, s.dur, 1, s.dur, nil, nil)
    pictures:add(s.p, s.from, s.to)
  end
end

function on.proc(s)
  if s.state == "Idle" then
    by:add(procs, nil, nil, nil, s.dur, nil)
  end
end

-- Of one P's time in all traces, and in each by its file.
function on.finish(t)
  covered.all = (covered.all or 0) + t.covered
  covered[t.file] = (covered[t.file] or 0) + t.covered
  pictures:show(t)
end

-- Adds its share to a row, of the trace's time that is among its keys.
local function add_share(keys, row)
  local ns = covered.all
  for i, name in ipairs(by.names) do
    ns = name == "trace" and covered[keys[i]] or ns
  end
  keys[#keys + 5] = math.floor(1e4 * (row.busy or 0) / ns + 0.5) / 100
  procs:add(unpack(keys, 1, #by.names + 5))
end

function on.done()
  local following = procs:each()
  local keys = { following() }
  while keys[1] ~= nil do
    add_share(keys, table.remove(keys))
    keys = { following() }
  end
end
