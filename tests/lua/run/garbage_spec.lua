-- What the loop over events leaves to the collector: nothing for an event, or
-- runs of a hundred million would spend their time collecting.
local program = require "tests.support.program"

local http = program.recording "http" -- 12896 events

-- Bytes that an event costs once everything is compiled: the same hooks over
-- one trace once and ten times, with the collector stopped, as the difference.
-- --unsafe is what stops it.
local begun -- what it takes to begin anew for 20 traces, in KB

local function garbage(code)
  local function kilobytes(n, hooks)
    local words = { "--unsafe", "-e", [[collectgarbage "stop"
      shared.runs = (shared.runs or 0) + 1
      function on.finish() if shared.runs == trace.inputs then print(collectgarbage "count") end end
    ]] .. hooks }
    for _ = 1, n do
      words[#words + 1] = http
    end
    local run = program.run(words)
    assert(run.status == 0, run.err)
    return tonumber(run.out:match "([%d.]+)\n$")
  end
  begun = begun or kilobytes(22, "") - kilobytes(2, "")
  return (kilobytes(22, code) - kilobytes(2, code) - begun) * 1024 / (20 * 12896)
end

-- What LuaJIT leaves to the interpreter differs a little from run to run.
local function is_clean(code)
  local least = math.huge
  for _ = 1, 4 do
    least = math.min(least, garbage(code))
    if least < 1 then
      break
    end
  end
  assert.is_true(least < 1, ("%.1f bytes an event"):format(least))
end

describe("nothing is left for the collector by a hook that", function()
  teardown(program.clean)

  for name, code in pairs {
    ["counts"] = "local n = 0 function on.any() n = n + 1 end",
    ["reads the context"] = [[
      local n = 0
      function on.any(ev) n = n + ev.time + (ev.g or 0) + (ev.p or 0) + (ev.m or 0) + ev.n + ev.off end]],
    ["reads the type"] = [[
      local n = {}
      function on.any(ev) n[ev.type] = (n[ev.type] or 0) + 1 end]],
    ["reads numbers and ids"] = [[
      local n = 0
      function on.GoStart(ev) n = n + ev.target_g end
      function on.GoUnblock(ev) n = n + (ev.target_g or 0) end
      function on.HeapAlloc(ev) n = n + ev.heapalloc end]],
    ["reads strings"] = [[
      local n = 0
      function on.GoBlock(ev) n = n + #ev.reason end
      function on.GoStop(ev) n = n + #ev.reason end]],
    ["reads stacks"] = [[
      local n = 0
      function on.any(ev) if ev.stack.leaf.func ~= "" then n = n + #ev.stack end end]],
    ["drops"] = "function on.any(ev) return ev.g ~= 1 end",
  } do
    it(name, function()
      is_clean(code)
    end)
  end
end)

describe("garbage", function()
  teardown(program.clean)

  it("is noticed where a hook makes a table", function()
    assert.is_true(garbage "local t function on.any(ev) t = { ev.time } end" > 30)
  end)

  it("is noticed where a hook makes strings", function()
    assert.is_true(garbage "local s function on.any(ev) s = ev.type .. (ev.n + 1e6 * shared.runs) end" > 20)
  end)
end)
