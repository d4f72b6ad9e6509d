-- What a new version of Go costs: rows of the event table, a rule of the model, what
-- of it is a span, what --verify asks, which is a judge of its own, and the version's
-- number. A copy of the sources gets a version that
-- nobody has written yet, with two events that change states and one that does not, is
-- built, and has to read, order, drop, write and verify them.
-- Not under ASan: the program that it builds and runs is without it.
local program = require "support.program"

local dir = program.folder {}
-- Not with the sanitizer that the specs' own process may have loaded: its wall does not know of one.
local built = "env -u LD_PRELOAD " .. dir .. "/build/gotrace-lua"

teardown(program.clean)

-- Where each goes, before that line.
local NEW = {
  ["src/event/event.def"] = { "^FRAME%(49, ExperimentalBatch", [[
EVENT(53, GoPark, 28, None, USER, go_park, NO_SEQ, G, STATE(OWN_G, GoRunning, GoWaiting), ARG(reason, STR),
      NOARG, NOARG, NOARG, "the running goroutine waits for a new reason")
EVENT(54, GoWake, 28, None, ANY, go_unblock, G_SEQ, NONE, STATE(TARGET_G, GoWaiting, GoRunnable), ARG(target_g, G),
      ARG(g_seq, SEQ), NOARG, NOARG, "its wait is over")
EVENT(55, UserMark, 28, None, USER, annotation, NO_SEQ, NONE, FREE, ARG(task, TASK), ARG(value, STR), NOARG, NOARG,
      "trace.Mark")]] },
  ["src/sched/rules.c"] = { "^sched_rule %*const sched_rules", [[
static enum sched_result advance_go_park(struct sched *s, struct sched_event *ev)
{
    struct goroutine *g;
    TRY(need_user(s, ev));
    TRY(take_g(s, ev, GoRunning, &g));
    thread_of(s, ev)->g = -1;
    g->status = GoWaiting;
    return SCHED_ADVANCED;
}
]] },
  ["src/spans/spans.c"] = { "^    %[EvGoUnblock%]", [[
    [EvGoPark] = g_step_block,
    [EvGoWake] = g_step_unblock,]] },
  ["lua/gotrace/verify/judge.lua"] = { "^function rules%.GoSyscallBegin", [[
function rules.GoPark(s, e)
  move_own(s, e, "Running", "Waiting")
end
rules.GoWake = rules.GoUnblock]] },
}

local function change(path, judge)
  local out = {}
  for line in io.lines(program.root .. path) do
    out[#out + 1] = judge(line)
  end
  program.write(dir .. "/" .. path, table.concat(out, "\n") .. "\n")
end

local function insert(path, before, text)
  local found = 0
  change(path, function(line)
    local here = line:find(before)
    found = found + (here and 1 or 0)
    return here and text .. "\n" .. line or line
  end)
  assert.equal(1, found, path)
end

-- Version 28, which is written from now on.
local function number()
  local changes = 0
  change("src/event/versions.h", function(line)
    local more, n = line:gsub("V%(26%)", "V(26) V(28)")
    local latest, m = more:gsub("VERSION_LATEST = 26", "VERSION_LATEST = 28")
    changes = changes + n + m
    return latest
  end)
  assert.equal(2, changes)
end

setup(function()
  program.shell(("cd '%s' && cp -r CMakeLists.txt src lua scripts docs library %s"):format(
    program.root == "" and "." or program.root, dir))
  for path, row in pairs(NEW) do
    insert(path, row[1], row[2])
  end
  number()
  local made = program.shell(("unset LD_PRELOAD; cmake -S %s -B %s/build -DCMAKE_BUILD_TYPE=Debug "
    .. "-DCMAKE_C_FLAGS=-O0 2>&1 && cmake --build %s/build -j2 --target gotrace-lua 2>&1"):format(dir, dir, dir))
  assert.equal(0, made.status, made.out)
end)

-- Thread 7 creates goroutine 2, marks and parks; thread 8 runs goroutine 2, which wakes
-- the first: by the clock too early: the numbers of its steps say that this comes behind the park.
local TRACE = [[
expect: ok
header: go 1.28 trace
trace:
  - EventBatch: {time: 1000}
    sync:
      - Frequency: {freq: 1000000000}
      - ClockSnapshot: {dt: 0, mono: 5, sec: 1700000000, nsec: 0}
  - EventBatch: {m: 7, time: 1100}
    events:
      - ProcStatus: {dt: 0, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 1, target_m: 7, status: Running}
      - GoCreate: {dt: 8, new_g: 2, new_stack: 0}
      - UserMark: {dt: 5, task: 0, value: 2}
      - GoPark: {dt: 10, reason: 1}
      - GoStart: {dt: 60, target_g: 1, g_seq: 2}
      - GoPark: {dt: 10, reason: 1}
      - GoStart: {dt: 60, target_g: 1, g_seq: 4}
  - EventBatch: {m: 8, time: 1120}
    events:
      - ProcStatus: {dt: 0, target_p: 1, status: Running}
      - GoStart: {dt: 1, target_g: 2, g_seq: 1}
      - GoWake: {dt: 1, target_g: 1, g_seq: 1}
      - GoWake: {dt: 70, target_g: 1, g_seq: 3}
      - GoDestroy: {dt: 5}
  - EventBatch:
    strings:
      - {id: 1, data: "new reason"}
      - {id: 2, data: "here"}
  - EndOfGeneration
]]

local function run(...)
  local words = { ... }
  for i, word in ipairs(words) do
    words[i] = program.quote(word)
  end
  local r = program.shell(built .. " " .. table.concat(words, " "))
  assert.equal("", r.err)
  assert.equal(0, r.status, r.out)
  return r.out
end

local function types(path)
  return (run("-p", "type", path):gsub("\n", " "))
end

local function rewritten(...)
  local out = program.tmpname()
  run("-q", "-o", out, ...)
  run("--verify", out)
  assert.equal("go 1.28 trace", program.read(out):sub(1, 13))
  return out
end

describe("A version with new events", function()
  local whole = "ProcStatus GoStatus GoCreate UserMark ProcStatus GoStart GoPark GoWake GoStart GoPark "
    .. "GoWake GoDestroy GoStart "
  local path

  setup(function()
    path = dir .. "/new.trace"
    program.write(dir .. "/new.yaml", TRACE)
    run("build", dir .. "/new.yaml", "-o", path)
  end)

  it("is read and ordered", function()
    assert.equal(whole, types(path))
    assert.equal('GoPark\tnew reason\nGoPark\tnew reason\n', run("-p", "type, reason", "-f", 'type == "GoPark"', path))
    assert.equal("here\n", run("-e", "function on.UserMark(ev) print(ev.value) end", path))
  end)

  it("is what spans are made of", function()
    assert.equal("1\tnew reason\t1\n1\tnew reason\t1\n",
      run("-p", "g, reason, dur", "--spans=state", "-f", 'state == "Waiting"', path))
  end)

  it("is written", function()
    local same = rewritten("-e", "function on.any(ev) end", path)
    assert.equal(whole, types(same))
  end)

  it("may be left out", function()
    assert.equal((whole:gsub("UserMark ", "")), types(rewritten("drop", "--types=UserMark", path)))
    -- What changed a state is bridged.
    local without = types(rewritten("-e", "function on.GoPark(ev) return false end", path))
    assert.is_nil(without:find "GoPark")
    assert.truthy(without:find "GoDestroy")
    local awake = types(rewritten("-e", "function on.GoWake(ev) return false end", path))
    assert.is_nil(awake:find "GoWake")
  end)

  it("loses nothing when one is missing", function()
    program.write(dir .. "/less.yaml", (TRACE:gsub("[^\n]+GoPark[^\n]+\n", "", 1)))
    run("build", dir .. "/less.yaml", "-o", dir .. "/less.trace")
    local r = program.shell(built .. " -q -p type " .. dir .. "/less.trace")
    local _, n = r.out:gsub("\n", "")
    assert.equal(12, n)
  end)
end)
