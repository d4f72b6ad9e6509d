-- One thing at a time: without one type, with one type only, without one
-- goroutine, thread or proc, with one hidden, cut to a window. Go takes it all,
-- and what was not meant is still there.
local programs = require "oracle.programs"

local MOST = 16 -- goroutines, threads or procs of a recording that are tried
local WINDOWS = 50
local LARGE = 64 * 1024 -- bytes of a recording of which less is tried
local LESS = 4 -- times
local FIELD = { goroutine = "g", thread = "m", proc = "p" }
local SHOWN = 8 -- failures of a test

-- These have most types, in all versions of the format.
local NAMES = {
  "go1.15-http", "go1.19-gc", "go1.21-annotations", "go1.22-turnover", "go1.23-allocfree", "go1.24-gc",
  "go1.25-flight", "go1.26-bubbles", "go1.26-http", "go1.27-annotations", "go1.27-cgothreads", "go1.27-coroutines",
  "go1.27-cpusamples",
}

-- Types on which no other event depends.
local APART = {
  "ProcsChange", "HeapAlloc", "HeapGoal", "GoLabel", "UserTaskEnd", "UserRegionEnd", "UserLog", "CPUSample", "Span",
  "SpanAlloc", "SpanFree", "HeapObject", "HeapObjectAlloc", "HeapObjectFree", "GoroutineStack", "GoroutineStackAlloc",
  "GoroutineStackFree",
}
local is_apart = {}
for _, typ in ipairs(APART) do
  is_apart[typ] = true
end

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local out = scratch .. "/out.trace"

local recordings = programs.corpus()
for _, name in ipairs(NAMES) do
  table.insert(recordings, ("%s/testdata/real/%s.trace"):format(programs.root, name))
end

-- What a script of one line prints, by lines.
local function prints(path, code)
  local lines = {}
  local status, text = programs.run({ "-e", code, path }, true)
  assert.equal(0, status, text)
  for line in text:gmatch("[^\n]+") do
    table.insert(lines, line)
  end
  return lines
end

-- How many to try of a recording.
local function up_to(n, path)
  return #programs.read(path) > LARGE and math.ceil(n / LESS) or n
end

-- The distinct ids that events of a recording happen on, most events first.
local function ids(path, field)
  return prints(path, ([[
    local n, list = {}, {}
    function on.any(ev)
      local id = ev.%s
      if id then
        list[#list + 1] = not n[id] and id or nil
        n[id] = (n[id] or 0) + 1
      end
    end
    function on.finish()
      table.sort(list, function(a, b) return n[a] > n[b] or n[a] == n[b] and a < b end)
      for i = 1, math.min(#list, %d) do
        print(("%%.0f"):format(list[i]))
      end
    end]]):format(field, up_to(MOST, path)))
end

local function counts(path)
  local by, types = {}, {}
  for typ, n in programs.our_counts(path):gmatch("(%w+),(%d+)") do
    by[typ] = tonumber(n)
    table.insert(types, typ)
  end
  return by, types
end

describe("with one change at a time Go takes", function()
  local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

  -- Writes path with these words; nil, or why that does not do.
  local function try(path, words)
    os.remove(out)
    local line = { "-o", out }
    for _, word in ipairs(words) do
      table.insert(line, word)
    end
    table.insert(line, path)
    local status, text = programs.run(line)
    if status ~= 0 then
      return ("exit status %d: %s"):format(status, text)
    end
    local version, why = go:accept(out)
    return not version and why or nil
  end

  -- Calls judge(item) for each item of a list and fails with all that it returns.
  local function each(list, judge)
    local reports = {}
    for _, item in ipairs(list) do
      local report = judge(item)
      if report then
        table.insert(reports, ("%s: %s"):format(tostring(item), report))
      end
    end
    local shown = table.concat(reports, "\n", 1, math.min(#reports, SHOWN))
    assert(#reports == 0, ("%d of %d fail:\n%s"):format(#reports, #list, shown))
  end

  -- Go 1.5 writes HeapAlloc on a P that nobody has started yet: that P is
  -- started for it alone, and the start goes with it.
  local function stands_apart(typ, name)
    return is_apart[typ] and not (typ == "HeapAlloc" and name:find "^go1%.5%-")
  end

  local function code(template, ...)
    return { "-e", template:format(...) }
  end

  -- What has other counts than in `want`, but for the type.
  local function changed(want, types, typ)
    local have, list = counts(out), {}
    for _, name in ipairs(types) do
      local wanted = name == typ and 0 or want[name]
      if (have[name] or 0) ~= wanted then
        table.insert(list, ("%d %s, not %d"):format(have[name] or 0, name, wanted))
      end
    end
    return #list > 0 and table.concat(list, ", ") or nil
  end

  for _, path in ipairs(recordings) do
    local name = programs.name_of(path)
    local base, types -- of the rewrite without a script

    local function look()
      if not base then
        local why = try(path, {})
        assert(not why, why)
        base, types = counts(out)
      end
    end

    check(name .. " without one type", function()
      look()
      each(types, function(typ)
        return try(path, code("function on.%s() return false end", typ))
          or stands_apart(typ, name) and changed(base, types, typ)
      end)
    end)

    check(name .. " with one type only", function()
      look()
      each(types, function(typ)
        local why = try(path, code("function on.any(ev) return ev.type == %q end", typ))
        local n = counts(out)[typ] or 0
        -- An end goes with its begin.
        if why or not is_apart[typ] or typ:find "End$" or n == base[typ] then
          return why
        end
        return ("%d left of %d"):format(n, base[typ])
      end)
    end)

    for _, kind in ipairs { "goroutine", "thread", "proc" } do
      local field = FIELD[kind]
      check(name .. " without one " .. kind, function()
        each(ids(path, field), function(id)
          return try(path, code("function on.any(ev) return ev.%s ~= %s end", field, id))
        end)
      end)
    end

    check(name .. " with one goroutine hidden", function()
      each(ids(path, "g"), function(id)
        return try(path, code("function on.begin() trace.hide(%s) end", id))
      end)
    end)

    check(name .. " in a window", function()
      math.randomseed(#name)
      local duration = tonumber(prints(path, "function on.finish(t) print(t.duration) end")[1])
      local windows = {}
      for i = 1, up_to(WINDOWS, path) do
        local from, to = math.random(0, duration), math.random(0, duration)
        windows[i] = ("%dns %dns"):format(math.min(from, to), math.max(from, to) + 1)
      end
      each(windows, function(window)
        local from, to = window:match("(%d+)ns (%d+)ns")
        local why = try(path, { "--from", from .. "ns", "--to", to .. "ns" })
        if why then
          return why
        end
        local n = tonumber(prints(path, ([[
          local n = 0
          local function count(ev) if ev.time > %s and ev.time < %s then n = n + 1 end end
          on.HeapAlloc, on.UserLog, on.HeapGoal = count, count, count
          function on.finish() print(n) end]]):format(from, to))[1])
        local have = counts(out)
        local left = (have.HeapAlloc or 0) + (have.UserLog or 0) + (have.HeapGoal or 0)
        return left < n and ("%d events left of %d"):format(left, n) or left > n + 2 and "too many events" or nil
      end)
    end)
  end
end)
