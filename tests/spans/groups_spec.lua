-- What require "gotrace.goroutine_sums" sums up of goroutines is what each of them says: of every recording, whoever
-- sums (the engine, or GOTRACE_PATHS=slow), in windows and behind filters; and `goroutines` says the same either way.
local lfs = require "lfs"
local program = require "support.program"

teardown(program.clean)

local recordings = {}
for name in lfs.dir(program.root .. "testdata/real") do
  recordings[#recordings + 1] = name:find "%.trace$" and program.root .. "testdata/real/" .. name or nil
end
table.sort(recordings)

local WORDS = "total,exec,sched_wait,block,syscall,syscall_block,gc_assist,sweep,unknown"
-- Prints sums, and what was added to or summed up in tables of all measures, in lines that both ways have in one order.
local SHOW = [[
local WORDS = { "total", "exec", "sched_wait", "block", "syscall", "syscall_block", "gc_assist", "sweep", "unknown" }
local by, lines = BY, {}
local spreads, sums = spread("n", "name", "word"), sum("ns", "name", "reason")
local all = columns { by = { "name" }, "sum total", "count n", "mean exec", "min block", "max block",
  "durations sweep" }
local function show(name, system, word, n, total, shortest, longest)
  lines[#lines + 1] = ("%s %s %s %.0f %.0f %.0f %.0f"):format(name, tostring(system), word, n, total, shortest, longest)
end
local function flush() table.sort(lines) print(table.concat(lines, "\n")) end
]]
local BY_SUMS = SHOW .. [[
local goroutine_sums = require "gotrace.goroutine_sums"
local of = goroutine_sums { by = by and "name" or nil, quantiles = WORDS }
function on.finish()
  for s in of:each() do
    for _, word in ipairs(WORDS) do
      local f = s[word]
      assert(f.count == s.count)
      show(s.name, s.system, word, f.count, f.total, f.shortest, f.longest)
      spreads:add_sum(s.name, word, f)
    end
    all:add_sums(s.name, s.total, s.total, s.exec, s.block, s.block, s.sweep)
    for reason, f in pairs(s.block_by) do
      show(s.name, s.system, "block by " .. reason, f.count, f.total, f.shortest, f.longest)
      sums:add_sum(s.name, reason, f)
    end
  end
  flush()
end]]
local BY_EACH = SHOW .. [[
local told, at = {}, {}
function on.goroutine(s) told[s.g] = true end
local function add(g, name, word, ns)
  local key = ("%s %s %s"):format(tostring(g.system), name, word)
  local s = at[key] or { name, g.system, word, 0, 0, ns, ns }
  at[key] = s
  s[4], s[5], s[6], s[7] = s[4] + 1, s[5] + ns, math.min(s[6], ns), math.max(s[7], ns)
end
function on.finish()
  for g in trace.each_goroutine() do
    if told[g.id] then
      local stats, name = g.stats, by and g.name or ""
      for _, word in ipairs(WORDS) do
        add(g, name, word, stats[word])
        spreads:add(name, word, stats[word])
      end
      all:add(name, stats.total, 1, stats.exec, stats.block, stats.block, stats.sweep)
      for reason, ns in pairs(stats.block_by) do
        add(g, name, "block by " .. reason, ns)
        sums:add(name, reason, ns)
      end
    end
  end
  for _, s in pairs(at) do show(unpack(s)) end
  flush()
end]]

local DAMAGED = 3

local function run_to(status, paths, ...)
  local words = { "-q", ... }
  words.env = ("GOTRACE_PATHS='%s'"):format(paths)
  local r = program.run(words)
  assert.equal(status, r.status, r.err)
  return r.out
end

local function run(...)
  return run_to(0, ...)
end

local function script(text, by)
  return "-e", (text:gsub("BY", tostring(by), 1))
end

-- What sums are of, by both ways.
local function same_to(status, by, ...)
  local words = { ... }
  local function all(text)
    local list = { script(text, by) }
    for _, word in ipairs(words) do
      list[#list + 1] = word
    end
    return unpack(list)
  end
  local want = run_to(status, "", all(BY_EACH))
  for _, paths in ipairs { "", "slow" } do
    assert.equal(want, run_to(status, paths, all(BY_SUMS)), table.concat(words, " "))
  end
  return want
end

local function same(...)
  return same_to(0, ...)
end

describe("Sums of goroutines", function()
  for part = 1, 5 do
    it(("are of every recording what goroutines say, part %d"):format(part), function()
      local n = 0
      for i = part, #recordings, 5 do
        n = n + #same(i % 7 > 0, recordings[i])
      end
      assert.is_true(n > 10000)
    end)
  end

  it("are of a window, of several, of a loss, and behind -f", function()
    local path = program.recording "faults"
    local whole = same(true, path)
    assert.not_equal(whole, same(true, "--from", "5ms", "--to", "6ms", path))
    local windows = "function on.begin() trace.window(0, 10) trace.window(2e7, 3e7) end"
    assert.not_equal(whole, same(true, "-e", windows, path))
    assert.not_equal(whole, same(true, "-f", 'dur > 1ms and kind == "goroutine"', path))
  end)

  it("are of what is left of a torn trace", function()
    local bytes = program.read(program.recording "http")
    local torn = program.tmpfile(bytes:sub(1, #bytes / 2) .. ("\255"):rep(100) .. bytes:sub(#bytes / 2 + 101))
    assert.is_true(#same_to(DAMAGED, true, torn) > 1000)
  end)

  it("are one table of several traces", function()
    same(true, program.recording "faults", program.recording "http", program.recording "gc")
  end)

  it("leave out what a hook before them hides", function()
    local hide = "function on.goroutine(s) return s.func ~= 'main.main' end"
    local _, code = script(BY_SUMS, true)
    local out = run("", "-e", hide, "-e", code, program.recording "faults")
    assert.truthy(out:find("main.answerQuestions ", 1, true))
    assert.falsy(out:find("main.main ", 1, true))
  end)

  it("say what they are asked in vain", function()
    local path = program.recording "faults"
    local function fails(code, message, status)
      local r = program.run { "-e", 'local sums = require "gotrace.goroutine_sums" ' .. code, path }
      assert.equal(status or 2, r.status, r.err)
      assert.truthy(r.err:find(message, 1, true), r.err)
    end
    fails("sums()", "a table is wanted")
    fails('sums { by = "func" }', 'by "name", or by nothing, not by func')
    fails('sums { quantiles = "exec" }', "quantiles are a list")
    fails('sums { quantiles = { "exce" } }', 'goroutines have no "exce" (did you mean "exec"?)')
    fails("function on.begin() sums {} end", "made while the script loads", 4)
    fails("local x = sums {} x:each()", "when the trace has been read")
    local each = "local x, t = sums {}, %s function on.finish() for s in x:each() do %s end end"
    fails(each:format("1", "print(s.execs)"), 'a sum of goroutines has no "execs" (did you mean "exec"?)', 4)
    fails(each:format("1", "print(s.exec.dur)"), 'a figure of goroutines has no "dur"', 4)
    fails(each:format("quantile 'q'", "t:add_sum(s.exec)"), "quantiles", 4)
    fails(each:format("count 'n'", "t:add_sums(s.exec)"), "add_sums is for columns", 4)
    fails(each:format("columns { 'count n', 'sum x' }", "t:add_sums(s.exec)"), "wants 0 keys and 2 sums, not 1", 4)
    fails(each:format("columns { 'count n', 'sum x' }", "t:add_sums(s.exec, 3)"), "value 2 is no sum", 4)
    fails(each:format("columns { 'count n', 'durations x' }", "t:add_sums(nil, s.exec)"), "quantiles", 4)
  end)
end)

describe("goroutines", function()
  it("has no figure below 0 where a syscall begins anew behind events that are lost", function()
    local bytes = program.read(program.root .. "tests/fuzz/corpus/spans/42e510b311f7")
    local path = program.tmpfile("go 1.22 trace\0\0\0" .. bytes:sub(3))
    local out = run_to(DAMAGED, "", "-F", "json", "goroutines", "--by=id", "--system", path)
    assert.truthy(out:find('"syscall":6937,"syscall_block":0', 1, true), out)
    assert.falsy(out:find(":-", 1, true), out)
  end)

  it("says the same by either way", function()
    for i, path in ipairs(recordings) do
      local words = { "-F", ({ "json", "csv", "text" })[i % 3 + 1], "goroutines", "--top=0", "--of=" .. WORDS, path,
        i % 2 == 0 and "--system" or "--from=1ms", "--by=" .. (i % 5 == 0 and "trace" or "func") }
      assert.equal(run("slow", unpack(words)), run("", unpack(words)), path)
    end
  end)
end)
