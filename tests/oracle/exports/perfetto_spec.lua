-- `perfetto`, as Perfetto's own trace processor reads it: without an error, and with the times
-- that gotrace-lua itself tells.
local hostile_names = require "support.hostile.names"
local program = require "support.program"
local programs = require "oracle.programs"
local trace_processor = require "oracle.exports.trace_processor"

local check = trace_processor.tests(it, pending)
local ERRORS = trace_processor.ERRORS
local scratch = programs.scratch()
local count = 0

teardown(function()
  programs.remove(scratch)
  program.clean()
end)

local function export(path, ...)
  count = count + 1
  local out = ("%s/%d.pftrace"):format(scratch, count)
  local status, text = programs.run({ "-o", out, "perfetto", path, ... }, true)
  assert(programs.unexpected(text) == "" and (status == 0 or status == 3), text)
  return out
end

-- Several traces by one clock.
local function export_all(...)
  count = count + 1
  local out = ("%s/%d.pftrace"):format(scratch, count)
  local status, text = programs.run({ "--align=wall", "-o", out, "perfetto", ... }, true)
  assert(programs.unexpected(text) == "" and status == 0, text)
  return out
end

local function ask(path, ...)
  return trace_processor.ask({ { path, ERRORS, ... } })[1]
end

local function no_errors(answer, path)
  for _, row in ipairs(answer[1]) do
    error(("%s: %s"):format(path, table.concat(row, " ")))
  end
end

local http = programs.root .. "/testdata/real/go1.27-http.trace"

-- Slices of states by name: how many, and ns of all.
local STATES = [[select s.name, count(*), sum(s.dur) from slice s join track t on s.track_id = t.id ]] ..
  [[join track f on t.parent_id = f.id join track r on f.parent_id = r.id where r.name = 'Goroutines' group by 1]]

local function states_of(...)
  local _, text = programs.run({ "-F", "csv", "--spans", "-p", "state,reason,dur", ... }, true)
  local by = {}
  for state, reason, dur in text:gmatch "\n(%a+),([^,\n]*),(%d+)" do
    local name = reason ~= "" and state .. ": " .. reason or state
    by[name] = by[name] or { 0, 0 }
    by[name][1], by[name][2] = by[name][1] + 1, by[name][2] + tonumber(dur)
  end
  return by
end

local function is_equal(states, rows)
  for _, row in ipairs(rows) do
    local own = assert(states[row[1]], row[1])
    assert.same({ row[1], tonumber(row[2]), tonumber(row[3]) }, { row[1], own[1], own[2] })
    states[row[1]] = nil
  end
  assert.is_nil(next(states))
end

describe("perfetto", function()
  check("is without an error, of all recordings", function()
    local questions, some = {}, 0
    for i, path in ipairs(programs.recordings()) do
      questions[i] = { export(path, "--all"), ERRORS,
        "select (select count(*) from slice where dur < 0), (select count(*) from slice)" }
    end
    for i, answer in ipairs(trace_processor.ask(questions)) do
      no_errors(answer, programs.recordings()[i])
      assert.equal("0", answer[2][1][1], programs.recordings()[i])
      some = some + (tonumber(answer[2][1][2]) > 100 and 1 or 0)
    end
    assert.is_true(some > #questions * 0.8, some)
  end)

  check("has each state of each goroutine", function()
    local answer = ask(export(http), STATES)
    no_errors(answer, http)
    is_equal(states_of(http), answer[2])
  end)

  check("has what is left by -f, and in a window, and is packed", function()
    local answers = trace_processor.ask {
      { export(http, "-f", "state == 'Waiting' and dur > 1ms"), ERRORS, STATES },
      { export(http, "--from=10ms", "--to=20ms"), ERRORS, STATES },
    }
    for _, answer in ipairs(answers) do
      no_errors(answer, http)
    end
    is_equal(states_of("-f", "state == 'Waiting' and dur > 1ms", http), answers[1][2])
    is_equal(states_of("--from=10ms", "--to=20ms", http), answers[2][2])
    local packed = scratch .. "/packed.gz"
    programs.run { "-o", packed, "perfetto", http }
    assert.same(ask(export(http), STATES), ask(packed, STATES))
  end)

  check("has what ran on each P, to the ns", function()
    local answer = ask(export(http), [[select t.name, count(*), sum(s.dur) from slice s join track t on ]] ..
      [[s.track_id = t.id join track r on t.parent_id = r.id where r.name = 'Procs' and s.depth = 0 and ]] ..
      [[s.dur > 0 group by 1 order by 1]])
    no_errors(answer, http)
    local _, text = programs.run({ "-F", "csv", "-a", "count(), sum(dur) by p", "-f",
      "state == 'Running' or state == 'Syscall' and p", http }, true)
    assert.equal(4, #answer[2])
    for _, row in ipairs(answer[2]) do
      assert.equal(row[2] .. "," .. row[3], text:match("\n" .. row[1]:match "%d+" .. ",(%d+,%d+)"))
    end
  end)

  check("has arrows from who woke a goroutine to where it runs, and stacks", function()
    local answer = ask(export(http),
      [[select count(*) from flow f join slice o on f.slice_out = o.id join slice i on f.slice_in = i.id ]] ..
      [[where (o.name like 'unblock G%' or o.name like 'create G%') and ]] ..
      [[substr(i.name, 1, length(o.name) - instr(o.name, 'G') + 2) = substr(o.name, instr(o.name, 'G')) || ' ']],
      "select count(*) from flow", [[select count(*) from __intrinsic_track_event_callstacks c join slice s ]] ..
      [[on c.slice_id = s.id join stack_profile_callsite p on c.callsite_id = p.id join stack_profile_frame f ]] ..
      [[on p.frame_id = f.id where s.name like 'unblock G%' and f.name like '%.%']])
    no_errors(answer, http)
    local _, text = programs.run({ "-F", "csv", "-a", "count()", "-f", "state == 'Running' and prev == 'Runnable'",
      http }, true)
    local arrows, runs = tonumber(answer[3][1][1]), tonumber(text:match "%d+")
    assert.is_true(arrows > 300 and arrows <= runs, arrows)
    assert.equal(tostring(arrows), answer[2][1][1])
    assert.is_true(tonumber(answer[4][1][1]) > 300, answer[4][1][1])
  end)

  check("has tasks below their parents, counters, the collector, and the time of day", function()
    local turnover = programs.root .. "/testdata/real/go1.27-turnover.trace"
    local answer = ask(export(turnover), [[select count(*) from track t join track p on t.parent_id = p.id ]] ..
      [[where t.name like 'order #%' and p.name like 'across the turns #%']],
      "select distinct name from counter_track order by 1",
      "select count(*) from clock_snapshot where clock_value > 1e18",
      "select count(*), sum(s.dur) from slice s join track t on s.track_id = t.id where t.name = 'STW'")
    no_errors(answer, turnover)
    assert.is_true(tonumber(answer[2][1][1]) > 5)
    local names = {}
    for i, row in ipairs(answer[3]) do
      names[i] = row[1]
    end
    assert.equal("GOMAXPROCS goroutines Runnable goroutines Running goroutines Syscall goroutines Waiting heap " ..
      "heap goal", table.concat(names, " "))
    assert.is_true(tonumber(answer[4][1][1]) > 0)
    local _, text = programs.run({ "-F", "csv", "-a", "count(), sum(dur) by kind", "--spans=stw", turnover }, true)
    assert.equal(table.concat(answer[5][1], ","), text:match "stw,(%d+,%d+)")
  end)

  check("has a track for so many goroutines and tasks", function()
    local tracks = [[select count(*) from track t join track f on t.parent_id = f.id join track r on ]] ..
      [[f.parent_id = r.id where r.name = 'Goroutines']]
    local answers = trace_processor.ask {
      { export(http, "--goroutines=5"), ERRORS, tracks },
      { export(http, "--all"), ERRORS, tracks },
    }
    for _, answer in ipairs(answers) do
      no_errors(answer, http)
    end
    assert.equal("5", answers[1][2][1][1])
    assert.is_true(tonumber(answers[2][2][1][1]) > 50)
  end)

  check("has a process for each of several traces, at its place in time", function()
    local mix = http:gsub("http", "mix")
    local states = [[select p.name, count(*), sum(s.dur) from slice s join process_track t on s.track_id = t.id ]] ..
      [[join process p using (upid) join track f on t.parent_id = f.id join track r on f.parent_id = r.id ]] ..
      [[where r.name = 'Goroutines' group by 1]]
    local extent = [[select p.name, min(s.ts) from slice s join process_track t on s.track_id = t.id ]] ..
      [[join process p using (upid) group by 1]]
    local flows = "select count(*) from flow"
    local strays = [[select count(*) from flow f join slice a on f.slice_out = a.id ]] ..
      [[join slice b on f.slice_in = b.id join process_track x on a.track_id = x.id ]] ..
      [[join process_track y on b.track_id = y.id where x.upid != y.upid]]
    local all = ask(export_all(http, mix), states, extent, flows, strays,
      "select clock_name, clock_value - ts from clock_snapshot where clock_name = 'REALTIME'")
    no_errors(all, http)
    local sum = 0
    for i, path in ipairs { http, mix } do
      local own = ask(export(path), STATES, "select min(ts) from slice", flows)
      local n, ns = 0, 0
      for _, row in ipairs(own[2]) do
        n, ns = n + tonumber(row[2]), ns + tonumber(row[3])
      end
      assert.same({ path, tostring(n), ("%d"):format(ns) }, all[2][i])
      local _, start = programs.run({ "--align=wall", "-e",
        "function on.finish(t) print(('%d'):format(t.start)) end", path }, true)
      assert.equal(tonumber(start), tonumber(all[3][i][2]) - tonumber(own[3][1][1]))
      sum = sum + tonumber(own[4][1][1])
    end
    assert.equal(tostring(sum), all[4][1][1])
    assert.equal("0", all[5][1][1])
    -- midnight of the day
    assert.same({ { "REALTIME", ("%d"):format(1795219200) .. ("0"):rep(9) } }, all[6])
  end)

  check("has hostile names as text that steers nothing", function()
    local questions = {}
    for i, name in ipairs(hostile_names.names) do
      local path = hostile_names.trace(name.yaml)
      questions[i] = { export(path), ERRORS, "select count(*) from slice",
        "select count(*) from (select name from slice union select name from stack_profile_frame union " ..
          "select name from track) where unicode(name) < 32 or name glob '*[' || char(1) || '-' || char(31) || ']*'" }
    end
    for i, answer in ipairs(trace_processor.ask(questions)) do
      no_errors(answer, hostile_names.names[i].line)
      assert.is_true(tonumber(answer[2][1][1]) >= 5, hostile_names.names[i].line)
      assert.equal("0", answer[3][1][1], hostile_names.names[i].line)
    end
  end)
end)
