-- Regions that a program ends in another order than it began them: what is written
-- of them is nested, as Go's tools want it, and each region is in it once.
--
-- A play is a line of such events, 100 ns from each other: `2+A` goroutine 2 begins
-- region A, `2-A1` it ends the one of task 1. Each goroutine runs on its own thread.
local program = require "support.program"

local STEP = 100 -- ns
local FIRST = 1000
local names = {}
for i = 1, 26 do
  names[i] = string.char(64 + i)
end

-- { g, begins, name, task, time } of each event.
local function parse(play)
  local out = {}
  for g, sign, name, task in play:gmatch "(%d+)([+-])(%u)(%d*)" do
    out[#out + 1] = {
      g = tonumber(g), begins = sign == "+", name = name, task = tonumber(task) or 0, time = FIRST + #out * STEP,
    }
  end
  return out
end

local function goroutines(events)
  local most = 1
  for _, ev in ipairs(events) do
    most = math.max(most, ev.g)
  end
  return most
end

-- Calls fn(event, ns since the goroutine's last) for those of goroutine g.
local function each(events, g, fn)
  local last = 10
  for _, ev in ipairs(events) do
    if ev.g == g then
      fn(ev, ev.time - last)
      last = ev.time
    end
  end
end

local function build_v2(events, version)
  local lines = { ("header: go %s trace\ntrace:\n  - EventBatch: {time: 10}\n    sync:"):format(version) }
  local function add(...)
    lines[#lines + 1] = string.format(...)
  end
  add "      - Frequency: {freq: 1000000000}"
  if version ~= "1.22" then
    add "      - ClockSnapshot: {mono: 5, sec: 1700000000, nsec: 7}"
  end
  for g = 1, goroutines(events) do
    add("  - EventBatch: {m: %d, time: 10}\n    events:", g)
    add("      - ProcStatus: {dt: 0, target_p: %d, status: Running}", g)
    add("      - GoStatus: {dt: 0, target_g: %d, target_m: %d, status: Running}", g, g)
    each(events, g, function(ev, dt)
      add("      - UserRegion%s: {dt: %d, task: %d, name: %d}", ev.begins and "Begin" or "End", dt, ev.task,
        ev.name:byte() - 64)
    end)
  end
  add "  - EventBatch:\n    strings:"
  for i, name in ipairs(names) do
    add("      - {id: %d, data: %q}", i, name)
  end
  add(version == "1.26" and "  - EndOfGeneration" or "")
  return program.build(table.concat(lines, "\n") .. "\n")
end

local function build_v1(events)
  local lines = { "header: go 1.21 trace\ntrace:\n  - Batch: {p: 1, ticks: 1}" }
  local function add(format, ...)
    lines[#lines + 1] = "  - " .. format:format(...)
  end
  for g = 1, goroutines(events) do
    add("GoCreate: {dt: 0, g: %d, new_stack: 0, stack: 0}", g)
  end
  for i, name in ipairs(names) do
    add("String: {id: %d, data: %q}", i, name)
  end
  for g = 1, goroutines(events) do
    add("%s: {p: %d, ticks: 9}\n  - ProcStart: {dt: 0, thread: %d}", "Batch", g, g)
    add("GoStart: {dt: 1, g: %d, seq: 1}", g)
    each(events, g, function(ev, dt)
      add("UserRegion: {dt: %d, taskid: %d, mode: %d, typeid: %d, stack: 0}", dt, ev.task, ev.begins and 0 or 1,
        ev.name:byte() - 64)
    end)
  end
  add "Frequency: {freq: 1000000000}"
  return program.build(table.concat(lines, "\n") .. "\n")
end

local function build(events, version)
  return version == "1.21" and build_v1(events) or build_v2(events, version)
end

local READ = [[
  local function show(ev)
    print(("%d%s%s%s %d"):format(ev.g, ev.type == "UserRegionBegin" and "+" or "-", ev.name,
      ev.task > 0 and ev.task or "", ev.time))
  end
  on.UserRegionBegin, on.UserRegionEnd = show, show
]]

-- The regions of a trace as a play, and the time of each event from the first on.
local function read(path)
  local r = program.run { "-e", READ, path }
  assert.equal("", r.err)
  local play, times, first = {}, {}, nil
  for event, time in r.out:gmatch "(%S+) (%d+)\n" do
    first = first or tonumber(time)
    play[#play + 1] = event
    times[#times + 1] = tonumber(time) - first
  end
  return table.concat(play, " "), times
end

-- Writes a trace; the path of what is written, which is valid, and the result.
local function write(...)
  local path = program.tmpname()
  os.remove(path)
  local r = program.run { "-o", path, ... }
  assert(r.status == 0 or r.status == 3, r.err)
  local verdict = program.run { "--verify", path }
  assert.equal("valid", verdict.out:match ": (%S+)", verdict.out .. verdict.err)
  return path, r
end

local VERSIONS = { "1.21", "1.22", "1.26" }
local ROADS = {
  { "drop", "--types=UserLog" },
  { "-e", "function on.any(ev) end" },
}
local RENAMED = { "-e", "function on.UserRegionBegin(ev) ev.name = ev.name:lower() end" }

local function rewrite(play, version, road)
  local words = { unpack(road) }
  words[#words + 1] = build(parse(play), version)
  return (read((write(unpack(words)))))
end

-- What is written of the play in every version, and by every road.
local function becomes(want, play)
  for _, version in ipairs(VERSIONS) do
    assert.equal(want, rewrite(play, version, {}), version)
  end
  for _, road in ipairs(ROADS) do
    assert.equal(want, rewrite(play, "1.26", road), table.concat(road, " "))
  end
end

describe("regions ended in another order than begun", function()
  after_each(program.clean)

  for name, plays in pairs {
    ["first in, first out"] = {
      "1+A 1+B 1+C 1-A 1-B 1-C",
      "1+A 1+B 1+C 1-C 1-B 1-A",
    },
    ["the outer one first, and the inner one later or never"] = {
      "1+A 1+B 1-A 1+C 1-B 1-C  2+D 2+E 2-D 2+F 2-F",
      "1+A 1+B 1-B 1-A 1+C 1-C 2+D 2+E 2-E 2-D 2+F 2-F",
    },
    ["and then as they should"] = {
      "1+A 1+B 1-A 1-B 1+C 1+D 1-D 1-C",
      "1+A 1+B 1-B 1-A 1+C 1+D 1-D 1-C",
    },
    ["of several tasks"] = {
      "1+A1 1+A2 1+A3 1-A2 1-A1 1-A3",
      "1+A1 1+A2 1+A3 1-A3 1-A2 1-A1",
    },
    ["by the end of another task"] = {
      "1+A1 1-A2 1+B 1-B 1-A1",
      "1+A1 1+B 1-B 1-A1",
    },
    ["of one name, some inside each other"] = {
      "1+A 1+B 1+A 1-B 1-A 1+C 1-C 1-A",
      "1+A 1+B 1+A 1-A 1-B 1+C 1-C 1-A",
    },
    ["twice"] = {
      "1+A 1+B 1-B 1-B 1-A 1-A",
      "1+A 1+B 1-B 1-A",
    },
    ["by another goroutine, in the midst of its own"] = {
      "1+A 1+B 1-B 2+C 2-A 2-C",
      "1+A 1+B 1-B 2+C 2-C",
    },
    ["beside some that began before the trace"] = {
      "1-X 2+A 2+B 2-A 2-B 3-Y 3+C 3-C",
      "1-X 2+A 2+B 2-B 2-A 3-Y 3+C 3-C",
    },
  } do
    it(name, function()
      becomes(plays[2], plays[1])
      assert.equal(plays[2]:lower(), rewrite(plays[1], "1.26", RENAMED):lower())
    end)
  end

  it("by another goroutine, later", function()
    becomes("1+A 1+B 1-B 1-A 2+C 2-C", "1+A 1+B 1-A 2-B 2+C 2-C")
  end)

  it("keep their times where nesting allows", function()
    local _, times = read((write(build(parse "1+A 1+B 1-A 1-B 1+C 1-C", "1.26"))))
    assert.same({ 0, 100, 200, 201, 400, 500 }, times)
  end)

  it("by hundreds", function()
    local begins, ends = {}, {}
    for i = 1, 300 do
      begins[i] = "1+A" .. i
      ends[i] = "1-A" .. i
    end
    local path, r = write(build(parse(table.concat(begins, " ") .. " " .. table.concat(ends, " ")), "1.26"))
    local _, ended = read(path):gsub("%-", "")
    assert.equal(300, ended)
    assert.matches(": 602 events; repaired to stay valid: 299 bridged, 299 withheld", r.err)
  end)

  it("leave no end behind of a begin that a script drops", function()
    local trace = build(parse "1+A 1+B 1-A 1-B", "1.26")
    local path = write("-e", "function on.UserRegionBegin(ev) return ev.name ~= 'B' end", trace)
    assert.equal("1+A 1-A", (read(path)))
    path = write("-e", "function on.UserRegionBegin(ev) return ev.name ~= 'A' end", trace)
    assert.equal("1+B 1-B", (read(path)))
  end)

  it("are told and counted", function()
    for _, version in ipairs(VERSIONS) do
      local _, r = write(build(parse "1+A 1+B 1-A 1-B", version))
      assert.equal(3, r.status)
      assert.matches("repaired to stay valid: %d bridged, 1 withheld\n", r.err)
      _, r = write(build(parse "1+A 1+B 1-A", version))
      assert.matches("repaired to stay valid: %d bridged\n", r.err)
    end
  end)

  it("are refused with --strict", function()
    for _, version in ipairs(VERSIONS) do
      for _, play in ipairs { "1+A 1+B 1-A 1-B", "1+A 1+B 1-A", "1+A 2+C 2-A 2-C", "1+A 1-B 1-A" } do
        local path = program.tmpname()
        os.remove(path)
        local r = program.run { "--strict", "-o", path, build(parse(play), version) }
        assert.equal(4, r.status, version .. ", " .. play)
        assert.matches("refused, as %-%-strict asks: .*: regions are ended in another order than begun", r.err)
        assert.is_nil(io.open(path))
      end
    end
  end)

  -- Goroutine 1 ends the innermost, the others what comes, and some of that twice.
  local function a_play(seed)
    local random = math.random
    math.randomseed(seed)
    local open, out, last = {}, {}, "1-A"
    for i = 1, 200 do
      local g = random(5)
      open[g] = open[g] or {}
      if #open[g] == 0 or random(5) < 3 then
        out[i] = g .. "+" .. names[random(4) + 4 * g] .. (random(2) == 1 and "1" or "")
        table.insert(open[g], out[i])
      elseif random(10) == 1 and last:sub(1, 1) ~= "1" then
        out[i] = last
      else
        last = table.remove(open[g], g > 1 and random(#open[g]) or nil):gsub("%+", "-")
        out[i] = last
      end
    end
    return table.concat(out, " ")
  end

  -- The index in a list of the last that is equal to `what`.
  local function last_of(list, what)
    for i = #list, 1, -1 do
      if list[i] == what then
        return i
      end
    end
  end

  -- What is to become of a goroutine's events: those inside a region end with it.
  local function nested(play, g)
    local open, written, unruly, out = {}, {}, false, {}
    local function finish(begin)
      out[#out + 1] = begin.text:gsub("%+", "-")
      written[#written] = nil
    end
    for text, sign in play:gmatch("(%f[%d]" .. g .. "([+-])%S+)") do
      local at
      for i, begin in ipairs(open) do
        at = begin.text == text:gsub("%-", "+") and i or at
      end
      unruly = unruly or sign == "-" and #open > 0 and at ~= #open
      if sign == "+" then
        out[#out + 1] = text
        table.insert(open, { text = text })
        table.insert(written, open[#open])
      elseif at then
        local begin = table.remove(open, at)
        while last_of(written, begin) do
          finish(written[#written])
        end
      elseif #open == 0 and not unruly then
        out[#out + 1] = text
      end
    end
    return table.concat(out, " "), unruly
  end

  local function of_goroutine(play, g)
    local out = {}
    for text in play:gmatch("%f[%d]" .. g .. "[+-]%S+") do
      out[#out + 1] = text
    end
    return table.concat(out, " ")
  end

  it("at random", function()
    local disorders = 0
    for seed = 1, 12 do
      local play = a_play(seed)
      local got = rewrite(play, VERSIONS[seed % 3 + 1], seed % 2 == 0 and {} or RENAMED):upper()
      for g = 1, 5 do
        local want, unruly = nested(play, g)
        assert.equal(want, of_goroutine(got, g), seed)
        disorders = disorders + (unruly and 1 or 0)
      end
    end
    assert.is_true(disorders > 40, disorders)
  end)
end)
