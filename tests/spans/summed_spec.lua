-- What require "gotrace.sums" sums up is what a hook that sees span by span would: by every field, whoever sums
-- (the engine, or GOTRACE_PATHS=slow), in windows and behind filters; names that come late are there.
local program = require "support.program"

teardown(program.clean)

local FIELDS = {
  state = { "state", "prev", "next", "reason", "func", "system", "stack", "end_stack", "waker_stack",
    "region", "open", "clipped", "g", "p", "m", "waker", "task", "name" },
  goroutine = { "func", "open", "g", "name" },
  task = { "name", "open", "parent", "task" }, region = { "name", "depth", "func" }, assist = { "func", "p" },
  stw = { "name" }, gc = {}, sweep = { "g" }, proc = { "state", "p", "name" } }

-- A script that prints sums of these, each in a line: summed by the hook of %s or as a library.
local SHOW = [[
local kind, by = "KIND", { BY }
local lines = {}
local function show(s, n, total, blocked, from, to, short, long)
  local parts = {}
  for i, name in ipairs(by) do parts[i] = tostring(s[name]) end
  parts[#parts + 1] = ("%.0f %.0f %.0f %.0f %.0f %.0f"):format(n, total, blocked, from, to, short)
  parts[#parts + 1] = ("%.0f %.0f %.0f %s"):format(long.from, long.to, long.begin_n or 0, long.g or "-")
  lines[#lines + 1] = table.concat(parts, " ")
end
local function flush() table.sort(lines) print(table.concat(lines, "\n")) end
]]
local BY_SUMS = SHOW .. [[
local sums = require "gotrace.sums"
local all = sums { kind = kind, by = by }
function on.finish()
  for s in all:each() do show(s, s.count, s.total, s.blocked, s.from, s.to, s.shortest, s.longest) end
  flush()
end]]
local BY_HOOK = [[needs = "names" ]] .. SHOW .. [[
local all = {}
on[kind] = function(s)
  local key = {}
  for i, name in ipairs(by) do key[i] = tostring(name:find "stack" and s[name].id or s[name]) end
  key = table.concat(key, "|")
  local sum = all[key] or { n = 0, total = 0, blocked = 0, from = s.from, to = s.to, short = s.dur }
  all[key] = sum
  sum.n, sum.total, sum.blocked = sum.n + 1, sum.total + s.dur, sum.blocked + (s.blocked or 0)
  sum.from, sum.to = math.min(sum.from, s.from), math.max(sum.to, s.to)
  sum.short = math.min(sum.short, s.dur)
  if not sum.long or s.dur > sum.long.dur then sum.long = s:copy() end
end
function on.finish()
  for _, s in pairs(all) do show(s.long, s.n, s.total, s.blocked, s.from, s.to, s.short, s.long) end
  flush()
end]]

local function script(text, kind, by)
  local quoted = {}
  for i, name in ipairs(by) do
    quoted[i] = ("%q"):format(name)
  end
  return (text:gsub("KIND", kind):gsub("BY", table.concat(quoted, ", "), 1))
end

local function run(paths, ...)
  local words = { "-q", ... }
  words.env = ("GOTRACE_PATHS='%s'"):format(paths)
  local r = program.run(words)
  assert.equal(0, r.status, r.err)
  return r.out
end

local function same(kind, by, ...)
  local want = run("", "-e", script(BY_HOOK, kind, by), ...)
  for _, paths in ipairs { "", "sums", "slow" } do
    assert.equal(want, run(paths, "-e", script(BY_SUMS, kind, by), ...))
  end
  return want
end

describe("sums", function()
  for _, name in ipairs { "faults", "annotations", "gc" } do
    it("are what a hook sees: " .. name, function()
      local path = program.recording(name)
      for kind, by in pairs(FIELDS) do
        same(kind, {}, path)
        for _, field in ipairs(name == "annotations" and by or {}) do
          same(kind, { field }, path)
        end
        same(kind, by, path)
      end
    end)
  end

  it("have what syscalls were without a proc, with stats and without", function()
    local path, with_stats = program.recording "syscalls", BY_SUMS:gsub("by = by }", "by = by, stats = true }")
    for _, by in ipairs { {}, { "state" }, { "func", "open" } } do
      local out = same("state", by, path)
      local most = 0
      for blocked in out:gmatch "%d+ %d+ (%d+) %d+ %d+ %d+ %d+ %d+ %d+ %S+\n" do
        most = math.max(most, tonumber(blocked))
      end
      assert.is_true(most > 0)
      for _, paths in ipairs { "", "slow" } do
        assert.equal(out, run(paths, "-e", script(with_stats, "state", by), path))
      end
    end
  end)

  it("are of a window, and behind -f", function()
    local path = program.recording "faults"
    local by = { "state", "func", "clipped", "open" }
    local whole = same("state", by, path)
    assert.not_equal(whole, same("state", by, "--from", "5ms", "--to", "40ms", path))
    assert.not_equal(whole, same("state", by, "-f", "dur > 100us", path))
  end)

  it("leave out what a hook before them hides", function()
    local path = program.recording "faults"
    local hide = "function on.state(s) return s.state ~= 'Running' end"
    local out = run("", "-e", hide, "-e", script(BY_SUMS, "state", { "state" }), path)
    assert.truthy(out:find "Waiting")
    assert.falsy(out:find "Running")
  end)

  it("are made by the engine, which a script does not see", function()
    local r = program.run { "-n", "--explain", "-e", script(BY_SUMS, "state", { "func" }), program.recording "faults" }
    assert.truthy(r.err:find("a sum of", 1, true) or r.out:find("a sum of", 1, true), r.err)
  end)

  it("make tables as if each span had been added", function()
    local head = [[
      local t = { count("n", "reason"), sum("ns", "reason"), min("least", "reason"), max("most", "reason"),
        mean("mean", "reason"), stats("stats", "reason"), quantile("q", "reason"), durations("d", "reason"),
        columns { by = { "reason" }, "sum total", "count n", "mean mean", "max max", "durations d" } } ]]
    local path = program.recording "faults"
    local want = run("", "-e", head .. [[
      function on.state(s) if s.state == "Waiting" then
        t[1]:add(s.reason)
        for i = 2, 8 do t[i]:add(s.reason, s.dur) end
        t[9]:add(s.reason, s.dur, s.dur, s.dur, s.dur, s.dur)
      end end]], path)
    for _, paths in ipairs { "", "slow" } do
      assert.equal(want, run(paths, "-e", head .. [[
        local sums = require "gotrace.sums"
        local all = sums { kind = "state", state = "Waiting", by = { "reason", "g" }, quantiles = true }
        function on.finish() for s in all:each() do for i = 1, 9 do t[i]:add_sum(s.reason, s) end end end]], path))
    end
  end)

  -- As top does: of what is new, of what goes on, and of all so far; asked again, they say the same.
  it("are followed while a trace is read", function()
    local code = [[
      local sums = require "gotrace.sums"
      local list = {}
      for state, by in pairs { Running = { "func", "system" }, Runnable = { "func" },
        Waiting = { "func", "reason", "stack" }, Syscall = { "stack", "g" } } do
        list[#list + 1] = { state = state, by = by,
          of = sums { kind = "state", state = state, by = by, quantiles = true, keep = true } }
      end
      table.sort(list, function(a, b) return a.state < b.state end)
      local function show(what, one)
        local lines = {}
        for s in one.of[what](one.of) do
          local parts = { what, one.state, s.count, s.total, s.from, s.to, s.shortest, s.longest.from, s.longest.g }
          for _, name in ipairs(one.by) do
            parts[#parts + 1] = tostring(name == "stack" and s.stack and s.stack.id or s[name])
          end
          for _, name in ipairs { "p50", "p99" } do parts[#parts + 1] = what ~= "open" and s[name] or "-" end
          for i = 1, #parts do parts[i] = tostring(parts[i]) end
          lines[#lines + 1] = table.concat(parts, " ")
        end
        table.sort(lines)
        return table.concat(lines, "\n")
      end
      local function look()
        for _, one in ipairs(list) do
          local text = show("each", one)
          print(text, show("open", one), show("all", one))
          assert(text == show("each", one))
          one.of:clear()
          assert(show("each", one) == "")
          print(show("all", one))
        end
      end
      on.generation, on.finish = look, look]]
    for _, name in ipairs { "1.22-generations", "1.27-generations", "1.27-mix", "1.21-mix" } do
      local path = ("%stestdata/real/go%s.trace"):format(program.root, name)
      local want = run("slow", "-e", code, path)
      assert.truthy(want:find "each Waiting %d")
      assert.equal(want, run("", "-e", code, path))
      assert.equal(run("slow", "-e", code, "--from", "1ms", "--to", "9ms", path),
        run("", "-e", code, "--from", "1ms", "--to", "9ms", path))
    end
  end)

  it("are the same whether figures of goroutines are kept or not", function()
    for _, name in ipairs { "annotations", "gc", "faults", "lifetimes" } do
      local path = program.recording(name)
      local spans = run("", "-e", "on.anyspan = print", path)
      assert.equal(spans, run("", "-e", 'needs = "spans" on.anyspan = print', path))
    end
  end)

  it("have the stats of spans, and what has none", function()
    local path = program.recording "gc"
    local want = run("", "-e", [[local exec, rest = 0, 0
      function on.assist(s) if s.stats then exec = exec + s.stats.exec else rest = rest + s.dur end end
      function on.finish() print(exec, rest) end]], "--from", "2ms", path)
    for _, paths in ipairs { "", "slow" } do
      assert.equal(want, run(paths, "-e", [[local sums = require "gotrace.sums"
        local all = sums { kind = "assist", stats = true }
        function on.finish() local exec, rest = 0, 0
          for s in all:each() do exec, rest = exec + s.stats.exec, rest + s.unaccounted end print(exec, rest) end]],
        "--from", "2ms", path))
    end
  end)

  it("say what they are asked in vain", function()
    local path = program.recording "faults"
    local function fails(code, message, status)
      local r = program.run { "-e", 'local sums = require "gotrace.sums" ' .. code, path }
      assert.equal(status or 2, r.status, r.err)
      assert.truthy(r.err:find(message, 1, true), r.err)
    end
    fails("sums()", "a table is wanted")
    fails('sums { kind = "states" }', 'did you mean "state"')
    fails('sums { kind = "state", state = "Runing" }', "no state is called Runing")
    fails('sums { kind = "state", by = { "dur" } }', "no field to sum by is called dur")
    fails('function on.begin() sums { kind = "state" } end', "made while the script loads", 4)
    fails('local x = sums { kind = "state" } x:each()', "while a trace is read")
    fails('local x = sums { kind = "state" } function on.finish() for s in x:each() do print(s.func) end end',
      'a sum has no "func"', 4)
    fails('local x, q = sums { kind = "state" }, quantile "q" function on.finish() for s in x:each() do ' ..
      'q:add_sum(s) end end', "quantiles = true", 4)
    fails('local x, q = sums { kind = "state" }, hist "q" function on.finish() for s in x:each() do ' ..
      'q:add_sum(s) end end', "not made of sums", 4)
    fails('count "n":add_sum(1)', "a sum behind them")
  end)
end)
