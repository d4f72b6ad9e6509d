-- What LuaJIT makes of the loop over events: that a hook still compiles into
-- it, and with it whatever of ours runs for each event. A change that leaves
-- the loop to the interpreter costs a factor of ten and breaks nothing else.
local program = require "tests.support.program"

local http = program.recording "http" -- 12896 events
-- For a hook that few of these pass: where LuaJIT tries again later it waits for
-- twice as many each time, and they have to be enough for that.
local again = { http, http, http, http, http, http, http, http }

-- LuaJIT hands what listens to it ("trace") a wrong stack now and then, one run of a
-- hundred, and crashes. No run without a listener does. In created_by, whose tables have stacks
-- as keys, it does each time, so that one is not judged.
local function run_reported(words)
  local run
  for _ = 1, 4 do
    run = program.run(words)
    if run.status ~= 139 then
      break
    end
  end
  return run
end

-- The report of tests/support/inside/compiled.lua on a run: lists of { what, where }.
local function compile(words)
  local path = program.tmpname()
  words.env = ("GOTRACE_LUA_INIT=%stests/support/inside/compiled.lua GOTRACE_COMPILED=%s"):format(program.root, path)
  local run = run_reported(words)
  assert(run.status == 0, run.err)
  local report = { stop = {}, abort = {}, exits = 0 }
  for line in program.read(path):gmatch "[^\n]+" do
    local kind, what, where = line:match "^(%l+)\t([^\t]*)\t?(.*)$"
    if kind == "exits" then
      report.exits = tonumber(what)
    else
      table.insert(report[kind], { what = what, where = where })
    end
  end
  return report
end

-- What is done once for each stack, string or kind of line, and tables when all
-- is over, is not compiled, or in pieces; and LuaJIT comes upon it a few times.
local once = {
  ["strings.lua"] = true,
  ["prefetch.lua"] = true,
  ["event_line.lua"] = true,
  ["output.lua"] = true,
  ["format.lua"] = true,
  ["group.lua"] = true,
  ["keys.lua"] = true,
  ["layout.lua"] = true,
  ["nesting.lua"] = true, -- a few calls while scripts load; LuaJIT counts by places that others share
  ["printable.lua"] = true, -- cells of tables; per event it is in the loop, see exits
  ["sketch.lua"] = true,
  ["stacks.lua"] = true,
  ["text_table.lua"] = true,
  ["value.lua"] = true,
  ["width.lua"] = true, -- text_table.lua's
}

local function is_once(where)
  return once[where:match "^lua/gotrace/%l+/(.*):%d+$" or ""]
end

-- Part of how LuaJIT chooses what to compile: it tries again, elsewhere or when
-- C's function has been called once.
local harmless = {
  ["leaving loop in root trace"] = true,
  ["inner loop in root trace"] = true,
  ["symbol not in cache"] = true,
}

local function loops_over_events(report)
  for _, stop in ipairs(report.stop) do
    if stop.what == "loop" and stop.where:find "^lua/gotrace/run/delivery%.lua:" then
      return true
    end
  end
end

-- What is wrong with a report, as text; "" when nothing is.
local function judge(report)
  local wrong = {}
  if not loops_over_events(report) then
    wrong[#wrong + 1] = "the loop over events is not compiled"
  end
  for _, stop in ipairs(report.stop) do
    if (stop.what == "interpreter" or stop.what == "stitch") and not is_once(stop.where) then
      wrong[#wrong + 1] = ("%s: goes on in the interpreter (%s)"):format(stop.where, stop.what)
    end
  end
  for _, abort in ipairs(report.abort) do
    if not harmless[abort.what] and not is_once(abort.where) then
      wrong[#wrong + 1] = abort.where .. ": " .. abort.what
    end
  end
  if #report.abort > 40 then
    wrong[#wrong + 1] = ("%d attempts in vain"):format(#report.abort)
  end
  if report.exits > 1000 then
    wrong[#wrong + 1] = ("%d times back in the interpreter"):format(report.exits)
  end
  return table.concat(wrong, "\n")
end

-- What LuaJIT comes upon first depends on addresses, too, and now and then it
-- is unlucky: one run of four is enough.
local function compiles(words)
  local wrong
  for _ = 1, 4 do
    wrong = judge(compile(words))
    if wrong == "" then
      return
    end
  end
  assert.equal("", wrong)
end

local hooks = {
  ["counts"] = "local n = 0 function on.any() n = n + 1 end",
  ["reads the context"] = [[
    local n = 0
    function on.any(ev) n = n + ev.time + (ev.g or 0) + (ev.p or 0) + (ev.m or 0) + ev.n + ev.off + ev.gen end]],
  ["reads the type"] = [[
    local n = {}
    function on.any(ev) n[ev.type] = (n[ev.type] or 0) + 1 end]],
  ["reads strings"] = [[
    local n = 0
    function on.GoBlock(ev) if ev.reason == "select" then n = n + #ev.reason end end]],
  ["reads stacks"] = [[
    local n = 0
    function on.any(ev) if ev.stack.leaf.func ~= "" then n = n + #ev.stack end end]],
  ["reads arguments"] = [[
    local n = 0
    function on.GoStart(ev) n = n + ev.target_g end
    function on.GoUnblock(ev) n = n + (ev.target_g or 0) end
    function on.HeapAlloc(ev) n = n + ev.heapalloc end]],
  ["drops"] = "function on.any(ev) return ev.g ~= 1 end",
  ["has a hook for every type"] = [[
    local n = 0
    function on.any() n = n + 1 end
    function on.GoStart() n = n + 2 end
    function on.GoStop() n = n + 3 end
    function on.unhandled() n = n + 4 end]],
  ["counts by two keys"] = [[
    local by = count("n", "type", "g")
    function on.any(ev) by:add(ev.type, ev.g or 0) end]],
  ["counts by stack"] = [[
    local by = count("n", "stack")
    function on.GoStop(ev) by:add(ev.stack) end
    function on.finish() by:clear() end]],
  ["sums up"] = [[
    local by = sum("n", "type")
    function on.any(ev) by:add(ev.type, ev.time) end
    function on.finish() by:clear() end]],
  ["takes quantiles"] = [[
    local by = quantile("n", "type")
    function on.any(ev) by:add(ev.type, ev.time) end
    function on.finish() by:clear() end]],
  ["reads fields again and again"] = [[
    local n = 0
    function on.any(ev) ]] .. ("n = n + (ev.g or 0) + ev.time "):rep(30) .. [[ end]],
  ["measures times"] = [[
    local waits, since = hist("waits", "reason"), {}
    function on.GoBlock(ev) since[ev.g] = ev.time end
    function on.GoUnblock(ev)
      local from = since[ev.target_g]
      if from then waits:add("any", ev.time - from) end
    end
    function on.finish() waits:clear() end]],
}

describe("LuaJIT compiles", function()
  teardown(program.clean)

  for name, code in pairs(hooks) do
    it("a hook that " .. name, function()
      compiles { "-e", code, http }
    end)
  end

  it("hooks of several scripts", function()
    compiles { "-e", hooks.drops, "-e", hooks["reads the context"], "-e", hooks["reads the type"], http }
  end)

  it("a hook where a trace is written", function()
    compiles { "-o", "/dev/null", "-e", "function on.GoStart(ev) return ev.target_g ~= 7 end", http }
  end)

  it("edits", function()
    compiles { "-o", "/dev/null", "-e", "function on.HeapAlloc(ev) ev.heapalloc = ev.heapalloc + 1 end", http }
  end)

  it("a hook on a trace of Go 1.19", function()
    compiles { "-e", hooks["reads the context"], program.root .. "testdata/real/go1.19-http.trace" }
  end)

  -- grep searches each line with the system's regexp; info, strings and upgrade
  -- look at no event, nor does cat, whose lines the engine makes, nor drop for types on which
  -- nothing depends; keep and
  -- around make a few calls for goroutines that they meet
  -- for the first time.
  for name, words in pairs {
    count_gocreate = again,
    drop = { "-o", "/dev/null", "--types=GoStop" },
    events = {},
    trim = { "-o", "/dev/null", "--start=1ms" },
  } do
    it(name, function()
      compiles { name, http, unpack(words) }
    end)
  end
end)

describe("that LuaJIT does not compile", function()
  teardown(program.clean)

  local function is_noticed(code, what)
    for _ = 1, 4 do
      assert.matches(what, judge(compile { "-e", code, http }))
    end
  end

  it("a function made for each event is noticed", function()
    is_noticed("local f function on.any(ev) f = function() return ev end end", "the loop over events is not compiled")
  end)

  it("a call of gsub is noticed", function()
    is_noticed([[local s function on.any(ev) s = ev.type:gsub("Go", "") end]], "goes on in the interpreter")
  end)

  it("a coroutine is noticed", function()
    is_noticed("local f = coroutine.wrap(function() while true do coroutine.yield() end end) function on.any() f() end",
      "the loop over events is not compiled")
  end)
end)
