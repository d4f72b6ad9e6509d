-- Whatever path a run takes, it says and writes the same: each fast path by
-- itself (GOTRACE_PATHS=NAME), all of them as usual, and none (slow) are
-- compared on recordings, cases and what fuzzing kept.
--
-- A sample of the inputs is taken, another each day; GOTRACE_SEED chooses one,
-- GOTRACE_ALL_PATHS=1 takes all of them. GOTRACE_MORE_TRACES is a folder with
-- further ones.
local cases = require "support.cases"
local lfs = require "lfs"
local program = require "support.program"

local everything = os.getenv "GOTRACE_ALL_PATHS" == "1"
local seed = tonumber(os.getenv "GOTRACE_SEED") or tonumber(os.date "%Y%j")
-- Those that have nothing to do with each other are taken together, to save time.
local roads = { "", "threads", "map,threads,generations", "in-place,count", "map,types,sums,tally", "summaries,lines" }
local writing_roads = { "", "copy,threads", "map,copy,threads,generations" }
if everything then
  roads = { "", "map", "threads", "in-place", "summaries", "copy", "count", "types", "sums", "tally",
    "lines", "copy,threads,in-place", "map,threads,generations", "map,threads,generations,in-place" }
  writing_roads = { "", "copy", "threads", "in-place", "keeper", "map,copy,threads",
    "map,copy,threads,generations,in-place" }
end

teardown(program.clean)

-- n of the list, chosen by the seed, in its order.
local function sample(list, n)
  if everything or #list <= n then
    return list
  end
  local state = seed
  local chosen, left = {}, n
  for i, item in ipairs(list) do
    state = (state * 16807 + i) % 2147483647
    if state % (#list - i + 1) < left then
      chosen[#chosen + 1] = item
      left = left - 1
    end
  end
  return chosen
end

local function files(dir, pattern)
  local list = {}
  for name in lfs.dir(dir) do
    list[#list + 1] = name:find(pattern) and dir .. "/" .. name or nil
  end
  table.sort(list)
  return list
end

local function built(dir)
  local list = {}
  for _, case in ipairs(sample(cases.read(program.root .. "testdata/" .. dir), 8)) do
    local path = program.tmpname()
    local made = program.run { "build", case.path, "-o", path }
    list[#list + 1] = made.status == 0 and path or nil
  end
  return list
end

-- An input of a fuzz target as a trace: what its choices say of the version, and
-- the bytes behind them.
local versions = {
  v1 = { skip = 1, 5, 7, 8, 9, 10, 11, 19, 21 },
  v2 = { skip = 1, 22, 23, 25, 26 },
}
local function kept(target)
  local list, v = {}, versions[target]
  for i, path in ipairs(sample(files(program.root .. "tests/fuzz/corpus/" .. target, "^[^.]"), 8)) do
    local bytes = program.read(path)
    local version = v[(bytes:byte() or 0) % #v + 1]
    local header = ("go 1.%d trace"):format(version)
    list[i] = program.tmpfile(header .. ("\0"):rep(16 - #header) .. bytes:sub(v.skip + 1))
  end
  return list
end

local function append(list, more)
  for _, item in ipairs(more) do
    list[#list + 1] = item
  end
end

-- One that is cut off, and one with bytes that are changed.
local function broken(path)
  local bytes = program.read(path)
  local at = math.floor(#bytes / 2)
  return {
    program.tmpfile(bytes:sub(1, at)),
    program.tmpfile(bytes:sub(1, at) .. "\255\1\7" .. bytes:sub(at + 40)),
  }
end

local inputs, small = {}, {}
setup(function()
  local recordings = files(program.root .. "testdata/real", "%.trace$")
  local more = os.getenv "GOTRACE_MORE_TRACES"
  append(recordings, more and files(more, "%.trace$") or {})
  append(inputs, sample(recordings, 5))
  append(small, sample(recordings, 1))
  append(inputs, broken(inputs[1]))
  append(inputs, broken(program.recording "annotations"))
  append(inputs, broken(program.recording "generations"))
  append(small, sample(broken(program.recording "annotations"), 1))
  for _, dir in ipairs { "good", "bad" } do
    local list = built(dir)
    append(inputs, list)
    append(small, sample(list, 1))
  end
  for _, target in ipairs { "v1", "v2" } do
    local list = kept(target)
    append(inputs, list)
    append(small, sample(list, 1))
  end
end)

local function run(words, road)
  words.env = ("GOTRACE_PATHS='%s'"):format(road)
  return program.run(words)
end

-- The first line that differs, of both.
local function difference(a, b)
  local next_a, next_b = (a .. "\n"):gmatch "([^\n]*)\n", (b .. "\n"):gmatch "([^\n]*)\n"
  while true do
    local x, y = next_a(), next_b()
    if x ~= y or x == nil then
      return ("\n  %s\n  %s"):format(x or "(nothing)", y or "(nothing)")
    end
  end
end

local function compare(what, want, got)
  assert(want.status ~= 2, want.err)
  for _, key in ipairs { "out", "err", "status" } do
    if want[key] ~= got[key] then
      error(("%s, %s:%s"):format(what, key, difference(tostring(want[key]), tostring(got[key]))), 0)
    end
  end
end

local function joined(words, paths)
  local all = { unpack(words) }
  append(all, paths)
  return all
end

-- The inputs that differ, each by itself.
local function compare_each(words, road)
  for _, path in ipairs(inputs) do
    local one = joined(words, { path })
    compare(("GOTRACE_PATHS=%s %s"):format(road, table.concat(one, " ")), run(one, "slow"), run(one, road))
  end
end

-- Scripts and options that ask for different things.
local STATE = [[
  local function state()
    local t, parts = trace, trace.parts
    return t.events, t.duration, t.damages, t.lost, t.generations, t.threads, t.procs, t.goroutines, t.size,
      parts.events, parts.framing, parts.strings, parts.stacks
  end
  function on.generation(g) print("generation", g.n, g.off, g.bytes, g.time, g.strings, g:wall(), state()) end
  function on.damage(d) print("damage", d, state()) end
  function on.begin() print("begin", state()) end
  function on.finish() print("finish", state()) for s in trace.strings() do print(s) end end
]]
local COUNT = [[
  local n = 0
  function on.GoBlock() n = n + 1 end
  function on.GoCreate(ev) n = n + ev.new_g end
  function on.finish() print(n, trace.events) end]]
local reading = {
  ["events and what is known at each"] = { "-e", STATE .. " function on.any(ev) print(ev.n, ev.off, ev, state()) end" },
  ["marks alone"] = { "-e", STATE },
  ["a few types"] = { "-e", COUNT },
  ["thread order, few types"] = { "-e", [[order = "thread"
    function on.GoCreate(ev) print(ev.n, ev.off, ev) end
    function on.UserLog(ev) print(ev.n, ev.time, ev.key) end]] .. STATE },
  ["thread order, all"] = { "-e", [[order = "thread" function on.any(ev) print(ev.off, ev) end]] },
  ["a table"] = { "events", "-F", "csv" },
  ["a table of some types"] = { "-f", 'type ~= "GoStart" and not (type == "GoStop")', "events" },
  ["a filter by type"] = { "-f", 'type == "GoCreate" or type == "HeapAlloc"' },
  ["a page"] = { "overview" },
  ["a page of a window"] = { "--from", "100us", "--to", "2ms", "overview", "-F", "json" },
  ["a filter by type and more"] = { "-f", 'type == "GoBlock" and g ~= nil', "-p", "n,time,g,reason" },
  ["changes of states that are counted"] = { "top", "--once", "--system", "-F", "json" },
  ["lines"] = { "cat" },
  ["lines with stacks"] = { "cat", "--stacks" },
  ["objects"] = { "cat", "-F", "json" },
  ["print as a hook, and others"] = { "-e", [[
    on.any = print
    function on.GoCreate(ev) print("created", ev.new_g) end]] },
  ["what a filter leaves"] = { "-f", "g ~= nil", "-f", 'type ~= "GoStart"', "--from", "100us" },
  ["rows of fields"] = { "-p", "time,type,m,p,g,n,gen,off,stack,status,known,reason,name,value,new_stack" },
  ["rows of CSV"] = { "-F", "csv", "-p", "time,type,g,stack,status,known,reason,name,value,target_g" },
  ["rows of one cell"] = { "-F", "csv", "-p", "value" },
  ["rows of JSON"] = { "-F", "json", "-p", "time,type,g,stack,status,known,reason,name,value,parent_task" },
  ["where hooks are"] = { "-f", 'type == "GoCreate" or type == "UserLog"', "-e", [[
    local function here() return trace.events, trace.duration, trace.size end
    function on.generation() print("generation", here()) end
    function on.damage() print("damage", here()) end
    function on.any(ev) print(ev.n, here()) end
    function on.finish() print("finish", here()) end]] },
  ["declared drops"] = { "drop", "--types=Go*,Proc*", "-s", "cat" },
  ["drops between scripts"] = { "-s", "events", "-e", 'drop "GoStart" drop "Heap*"', "-s", "events" },
  ["a window"] = { "--from", "100us", "--to", "2ms", "-e", STATE .. "function on.any(ev) print(ev.n, ev) end" },
  ["an option that asks"] = { program.tmpfile [[
    args = { { name = "match", type = "expr", default = "g ~= nil" } }
    local n = 0
    function on.any() if opt.match() then n = n + 1 end end
    function on.finish() print(n) end]] .. ".lua" },
}

describe("by all paths", function()
  for name, words in pairs(reading) do
    it("the same is read: " .. name, function()
      if words[1]:find "^/.*%.lua$" then
        os.rename(words[1]:sub(1, -5), words[1])
      end
      local all = joined(words, inputs)
      local slow = run(all, "slow")
      assert.not_equal(2, slow.status, slow.err)
      for _, road in ipairs(roads) do
        local got = run(all, road)
        if got.out ~= slow.out or got.err ~= slow.err or got.status ~= slow.status then
          compare_each(words, road)
          compare(("GOTRACE_PATHS=%s, together"):format(road), slow, got)
        end
      end
    end)
  end

  -- Events come in batches, which are filled with what is asked for: where one ends
  -- shows nowhere.
  it("what is known at an event is the same whatever else is asked for", function()
    local few = STATE .. "function on.GoCreate(ev) print(ev.off, state()) end"
    local all = STATE .. 'function on.any(ev) if ev.type == "GoCreate" then print(ev.off, state()) end end'
    for _, path in ipairs(inputs) do
      local want = run({ "-e", few, path }, "slow")
      for _, road in ipairs { "slow", "threads", "" } do
        compare(("GOTRACE_PATHS=%s %s"):format(road, path), want, run({ "-e", all, path }, road))
      end
    end
  end)

  -- What is written, as whoever reads it sees it.
  local function written(words, path, road)
    local output = program.tmpname()
    os.remove(output)
    local r = run({ "-o", output, unpack(joined(words, { path })) }, road)
    r.err = r.err:gsub(output:gsub("%p", "%%%0"), "OUT")
    local cat, verdict = program.run { "cat", output }, program.run { "--verify", output }
    r.out = r.out .. cat.out .. cat.err .. verdict.status .. (verdict.out .. verdict.err):gsub(
      output:gsub("%p", "%%%0"), "OUT"):gsub("%d+ bytes", "")
    r.out = r.out:gsub(output:gsub("%p", "%%%0"), "OUT")
    os.remove(output)
    return r
  end

  local writing = {
    ["nothing is changed"] = {},
    ["a type is dropped"] = { "-f", 'type ~= "UserLog"', "-s", "drop", "--types=HeapAlloc" },
    ["a type is dropped on which others depend"] = { "drop", "--types=GoStart" },
    ["a hook looks on"] = { "-e", "local n = 0 function on.any() n = n + 1 end" },
    ["events are dropped"] = { "-f", "n % 7 ~= 3" },
    ["few events are dropped"] = { "-f", "n % 101 ~= 50" },
    ["one goroutine's are dropped"] = { "-f", "g ~= 1" },
    ["ends are dropped"] = { "-f", [[not has({ "GCSweepEnd", "GCMarkAssistEnd", "UserRegionBegin" }, type)]] },
    ["logs are edited"] = { "-e", "function on.UserLog(ev) ev.value = 'x' end" },
    ["a goroutine is hidden in the middle"] = { "-e", [[local n = 0
      function on.any(ev) if ev.g == 1 then n = n + 1 if n == 5 then trace.hide(1) end end end]] },
    ["all goroutines but two are hidden"] = { "-e", "function on.begin() trace.hide_others(1, 6) end" },
    ["one goroutine is kept"] = { "keep", "--goroutine=1" },
    ["what is written is counted"] = { "-f", "n % 7 ~= 3", "-e", STATE .. [[
      function on.any(ev)
        local w = trace.written
        if ev.n % 5 == 0 then emit("UserLog", { key = tostring(w.events) }) end
        print(ev.n, w.events, w.dropped, w.edited, w.added, w.absorbed, w.bridged, w.withheld, w.bytes, state())
      end]] },
  }
  for name, words in pairs(writing) do
    it("the same is written: " .. name, function()
      for _, path in ipairs(small) do
        local slow = written(words, path, "slow")
        for _, road in ipairs(writing_roads) do
          compare(("GOTRACE_PATHS=%s -o OUT %s %s"):format(road, table.concat(words, " "), path), slow,
            written(words, path, road))
        end
      end
    end)
  end

  it("a hook that does nothing changes nothing", function()
    for _, path in ipairs(small) do
      compare(path, written({}, path, ""), written(writing["a hook looks on"], path, ""))
    end
  end)
end)

describe("GOTRACE_PATHS", function()
  it("names paths that there are", function()
    local r = run({ "events", program.recording "http" }, "copy,threats")
    assert.equal(2, r.status)
    assert.matches('no path is called "threats" %(did you mean', r.err)
  end)

  it("has a row in docs/design.md for each", function()
    local doc = program.read(program.root .. "docs/design.md")
    local names = run({ "events", program.recording "http" }, "?").err:match "there are ([^\n]*)"
    for name in names:gmatch "[%l-]+" do
      assert.truthy(doc:find("\n| `" .. name .. "` |", 1, true), name)
    end
  end)
end)
