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
--
-- percent is of the trace's time, by P; with --by=func and the like, which are not about Ps, it is
-- of the time that all Ps were busy: whose code takes the CPU.
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
local of_ps = { p = true, m = true, trace = true }
local is_about_ps = false
for _, name in ipairs(by.names) do
  is_about_ps = is_about_ps or of_ps[name] or false
end

local names = { by = by.names, "sum busy", "count runs", "max longest",
  { "last percent", unit = "%" } }
if is_about_ps then
  table.insert(names, 4, "sum idle")
end
local procs = columns(names)
procs:ns():top(opt.top)
if is_about_ps then
  procs:sort "key"
end

function on.state(s)
  if s.state == "Running" and s.p then
    by:add(procs, s.dur, 1, s.dur, unpack({}, 1, #names - 3))
    pictures:add(s.p, s.from, s.to)
  end
end

if is_about_ps then
  function on.proc(s)
    if s.state == "Idle" then
      by:add(procs, nil, nil, nil, s.dur, nil)
    end
  end
end

-- Of one P's time in all traces, and in each by its file.
function on.finish(t)
  covered.all = (covered.all or 0) + t.covered
  covered[t.file] = (covered[t.file] or 0) + t.covered
  if is_about_ps then
    pictures:show(t)
  end
end

-- What a row's share is of: of the trace's time that is among its keys, or of all that was busy.
local function whole_of(keys, busy)
  local ns = is_about_ps and covered.all or busy
  for i, name in ipairs(by.names) do
    ns = name == "trace" and covered[keys[i]] or ns
  end
  return ns
end

local function add_share(keys, row, busy)
  local at = #by.names + #names
  local share = (row.busy or 0) / whole_of(keys, busy)
  keys[at] = math.floor(1e4 * share + 0.5) / 100
  procs:add(unpack(keys, 1, at))
end

function on.done()
  local rows, busy = {}, 0
  local following = procs:each()
  local keys = { following() }
  while keys[1] ~= nil do
    local row = table.remove(keys)
    rows[#rows + 1], busy = { keys, row }, busy + (row.busy or 0)
    keys = { following() }
  end
  for _, row in ipairs(rows) do
    add_share(row[1], row[2], busy)
  end
end
