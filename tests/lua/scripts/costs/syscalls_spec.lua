-- syscalls: which call it was, and how many goroutines were in it at the same time.
local dkjson = require "dkjson"
local program = require "support.program"

local new_at_once = dofile(program.root .. "scripts/syscalls/at_once.lua").new
local call_of = dofile(program.root .. "scripts/syscalls/call.lua")

local function objects(...)
  local list = {}
  for line in program.run({ "-F", "json", ... }).out:gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

-- The most of { from, to } at one time, by looking at each begin.
local function most_of(spans)
  local most = 0
  for _, one in ipairs(spans) do
    local n = 0
    for _, other in ipairs(spans) do
      n = n + (other.from <= one.from and other.to > one.from and 1 or 0)
    end
    most = math.max(most, n)
  end
  return most
end

describe("How many spans there are at once", function()
  it("is what each begin sees, whatever their order and lengths", function()
    math.randomseed(7)
    for _ = 1, 200 do
      local spans = {}
      for i = 1, math.random(1, 30) do
        local from = math.random(0, 60)
        spans[i] = { from = from, to = from + math.random(1, 25) }
      end
      table.sort(spans, function(a, b)
        return a.to < b.to
      end)
      local counted, n = new_at_once(), 0
      for _, s in ipairs(spans) do
        n = counted:add("key", s.from, s.to)
      end
      assert.equal(most_of(spans), n)
    end
  end)

  it("is counted for each key", function()
    local counted = new_at_once()
    assert.equal(1, counted:add("a", 0, 10))
    assert.equal(1, counted:add("b", 0, 11))
    assert.equal(2, counted:add("a", 5, 12))
  end)
end)

-- The program's own: neither the runtime's nor the tracer's, which writes the trace.
local OWN = 'state == "Syscall" and not system and not func:find "^runtime/"'

describe("syscalls", function()
  for _, name in ipairs { "faults", "syscalls", "http" } do
    it("has of each call and place of " .. name .. " what its spans come to", function()
      local trace = program.recording(name)
      local by = {}
      for _, s in ipairs(objects("-f", OWN, "-p", "from,to,stack,place", trace)) do
        local key = call_of(s.stack) .. " " .. s.place.func .. ":" .. s.place.line
        by[key] = by[key] or { total = 0 }
        by[key].total = by[key].total + s.to - s.from
        table.insert(by[key], s)
      end
      local rows = objects("syscalls", trace)
      assert.is_true(#rows > 0)
      for _, row in ipairs(rows) do
        local key = row.call .. " " .. row.place.func .. ":" .. row.place.line
        local spans = by[key]
        assert.equal(#spans, row.calls, key)
        assert.equal(spans.total, row.total, key)
        assert.equal(most_of(spans), row.at_once, key)
        by[key] = nil
      end
      assert.is_nil(next(by))
    end)
  end

  it("counts goroutines at once by any key", function()
    local trace = program.recording "syscalls"
    local spans = objects("-f", OWN, "-p", "from,to", trace)
    assert.equal(most_of(spans), objects("syscalls", "--by=state", trace)[1].at_once)
  end)

  it("passes over what all calls share", function()
    local function call(...)
      local stack = {}
      for i, func in ipairs { ... } do
        stack[i] = { func = func }
      end
      return call_of(stack)
    end
    assert.equal("syscall.Flock", call("syscall.Flock", "main.main"))
    assert.equal("syscall.fsync", call("syscall.Syscall", "syscall.fsync", "main.main"))
    assert.equal("syscall.read", call("internal/runtime/syscall.Syscall6", "syscall.RawSyscall6", "syscall.Syscall",
      "syscall.read"))
    assert.equal("syscall.Syscall", call "syscall.Syscall")
    assert.is_nil(call())
  end)
end)
