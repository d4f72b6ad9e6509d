-- speedscope.lua: what goroutines did from moment to moment, for https://www.speedscope.app:
-- a profile for each of those that ran for longest. Reads the trace twice.
--
--   $ gotrace-lua -q -o run.json speedscope --top=10 testdata/real/go1.27-http.trace && ls run.json
--   run.json
--
--   $ gotrace-lua -q -o top.json speedscope --top=1 testdata/real/go1.27-http.trace && head -c 40 top.json; echo
--   {"$schema":"https://www.speedscope.app/f
description = "What goroutines did when, for speedscope"
writes = "speedscope"
args = {
  { name = "top", short = "t", type = "int", default = 50,
    help = "goroutines at most: those that ran for longest" },
}

local ran, wanted, names = {}, {}, {}

function scan.state(s)
  if s.state == "Running" then
    ran[s.g] = (ran[s.g] or 0) + s.dur
    names[s.g] = ("G%d %s"):format(s.g, s.func)
  end
end

function scan.finish()
  local list = {}
  for g in pairs(ran) do
    list[#list + 1] = g
  end
  table.sort(list, function(a, b)
    return ran[a] > ran[b] or ran[a] == ran[b] and a < b
  end)
  for i = 1, math.min(opt.top, #list) do
    wanted[list[i]] = true
  end
end

local run = export.speedscope {}

-- Where one is that runs the trace does not say.
function on.state(s)
  if wanted[s.g] then
    run:add(names[s.g], s.from, s.to, s.state ~= "Running" and s.stack or nil,
      s.reason ~= "" and s.reason or s.state)
  end
end
