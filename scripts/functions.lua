-- functions.lua: which functions use the CPU, by their own time and with what they call.
--
--   $ gotrace-lua functions --top=3 testdata/planted/ingest.trace
--   function            self  percent    total  total_percent
--   main.compute      22.5ms   41.65%   22.5ms         41.65%
--   main.storeAll    17.83ms   33.01%  40.33ms         74.66%
--   main.each.func1  7.402ms    13.7%   13.4ms          24.8%
--   ... 3 more
--
--   $ gotrace-lua functions --of=samples --top=2 testdata/real/go1.27-cpusamples.trace
--   function   self  percent  total  total_percent
--   main.hash    32   96.97%     32         96.97%
--   main.spin     1    3.03%      1          3.03%
--
-- self is the time of the program's own functions, with what they call of libraries; total all in
-- which a function was on the stack; percent is of all that ran. Where there are CPU samples they
-- are counted. Else a goroutine's run that was preempted is of the function that it was preempted
-- in, another of the innermost one that was on the stack both when it began and when it stopped:
-- what that called is not told by a trace.
description = "Functions by their own CPU time, and with what they call"
needs = "names"
args = {
  { name = "of", choices = { "spans", "samples" },
    help = "time of running, or CPU samples; samples, if there are" },
  { name = "top", short = "t", type = "int", default = 20, default_data = 0,
    help = "rows to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local format = require "gotrace.format"
local ran = require "functions.ran"

local samples = count("n", "own", "path"):quiet()
local spans = sum("time", "own", "path"):quiet()

function on.CPUSample(ev)
  if ev.g and #ev.stack > 0 and (opt.system or
    not ran.is_runtimes(ran.root_of(ev.stack))) then
    samples:add(ran.of(ev.stack, 1))
  end
end

function on.state(s)
  if s.state == "Running" and (opt.system or
    not (s.system or ran.is_runtimes(s.func))) then
    local own, path = ran.of_span(s)
    spans:add(own, path, s.dur)
  end
end

local figures = {} -- by function: its own, and all

local function add(func, own, total)
  local row = figures[func] or { func = func, own = 0, total = 0 }
  figures[func] = row
  row.own, row.total = row.own + own, row.total + total
end

-- A function that calls itself was there once.
local function add_path(own, path, n)
  local seen = {}
  add(own, n, 0)
  for func in path:gmatch "[^\n]+" do
    if not seen[func] then
      seen[func] = true
      add(func, 0, n)
    end
  end
end

local function sorted()
  local list = {}
  for _, row in pairs(figures) do
    list[#list + 1] = row.own > 0 and row or nil
  end
  table.sort(list, function(a, b)
    return a.own > b.own or a.own == b.own and a.func < b.func
  end)
  return list
end

local function share(part, whole)
  return math.floor(1e4 * part / whole + 0.5) / 100
end

function on.done()
  local is_samples = opt.of == "samples" or not opt.of and samples:total() > 0
  local all = 0
  for own, path, n in (is_samples and samples or spans):each() do
    add_path(own, path, n)
    all = all + n
  end
  local list = sorted()
  local t = rows("function", "self", "percent", "total", "total_percent")
    :first(1):unit("%", "percent", "total_percent"):name "functions"
  t:when_empty("functions: no goroutine of the program ran" ..
    (opt.of == "samples" and ", or there are no CPU samples" or ""))
  if not is_samples then
    t:unit("ns", "self", "total")
  end
  local shown = opt.top > 0 and math.min(opt.top, #list) or #list
  for i = 1, shown do
    local row = list[i]
    t:add(row.func ~= "-" and row.func or nil, row.own, share(row.own, all),
      row.total, share(row.total, all))
  end
  if shown < #list and format.style() == "text" then
    t:add(("... %d more"):format(#list - shown))
  end
end
