-- new.lua: gotrace-lua new NAME: a script to begin with, and a test of it.
local args = require "gotrace.script.args"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local output = require "gotrace.sandbox.output"
local written_files =
  require("gotrace.base.lazy").of "gotrace.authoring.written_files"

local script_text = [[
#!/usr/bin/env gotrace-lua
-- NAME.lua: what goroutines wait for.
--
--   $ gotrace-lua NAME.lua --top=3 TRACE
description = "What goroutines wait for"
args = {
  { name = "top", type = "int", default = 10, help = "rows to show" },
  { name = "least", type = "duration", default = 0,
    help = "only waits of at least this: 2ms" },
}

local waits = durations("waits", "reason"):top(opt.top)

function on.state(s)
  if s.state == "Waiting" and not s.system and s.dur >= opt.least then
    waits:add(s.reason, s.dur)
  end
end
]]

local test_text = [[
-- NAME_test.lua: gotrace-lua test NAME_test.lua
local run = require HELPER

-- A goroutine that waits for 30 ns, and the one that wakes it. gotrace-lua yaml
-- TRACE prints a recorded trace in this form.
local small = [=[
header: go 1.26 trace
trace:
  - EventBatch: {time: 1000}
    sync:
      - Frequency: {freq: 1000000000}
      - ClockSnapshot: {dt: 0, mono: 5, sec: 1700000000, nsec: 999999000}
  - EventBatch: {m: 7, time: 1100}
    events:
      - ProcStatus: {dt: 0, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 1, target_m: 7, status: Running}
      - GoCreate: {dt: 9, new_g: 2, new_stack: 1, stack: 2}
      - GoBlock: {dt: 10, reason: 3, stack: 2}
      - GoStart: {dt: 10, target_g: 2, g_seq: 1}
      - GoUnblock: {dt: 20, target_g: 1, g_seq: 1, stack: 1}
      - GoDestroy: {dt: 10}
      - GoStart: {dt: 10, target_g: 1, g_seq: 2}
  - EventBatch:
    stacks:
      - {id: 1, frames: [{pc: 0x10, func: 1, file: 4, line: 10}]}
      - {id: 2, frames: [{pc: 0x20, func: 2, file: 4, line: 20}]}
  - EventBatch:
    strings:
      - {id: 1, data: main.worker}
      - {id: 2, data: main.main}
      - {id: 3, data: sleep}
      - {id: 4, data: main.go}
  - EndOfGeneration
]=]

describe("NAME", function()
  it("shows what goroutines wait for", function()
    local r = run { script = "./NAME.lua", trace = small }
    assert.same({
      { reason = "sleep", waits = 1, total = 30, mean = 30, p50 = 30,
        p99 = 30, max = 30 },
    }, r.rows)
  end)

  it("leaves short waits out", function()
    local r = run { script = "./NAME.lua", trace = small,
      args = { "--least=1s" } }
    assert.same({}, r.rows)
  end)

  it("prints a table", function()
    local r = run { script = "./NAME.lua", trace = small }
    assert.equal("", r.errors)
    assert.equal([=[
reason  waits  total  mean   p50   p99   max
sleep       1   30ns  30ns  30ns  30ns  30ns
]=], r.output)
  end)
end)
]]

local rows = { { name = "force", type = "bool",
  help = "write over files that are there" } }

local function check_name(name, is_bundled)
  if not name:find "^%a[%w_]*$" then
    errors.usage('"%s" is no name for a script: letters, digits and _', name)
  elseif is_bundled(name) then
    errors.usage("%s is the name of a script that comes with the program, " ..
      "which would run in its place", name)
  end
end

-- run(tokens, is_bundled): the exit status. is_bundled(name): of the program's own scripts.
local function run(tokens, is_bundled)
  local force = args.values(rows, args.take(rows, tokens)).force
  args.leftover(tokens, rows)
  local words = args.rest(tokens)
  if #words ~= 1 then
    errors.usage "new wants one name: gotrace-lua new NAME"
  end
  local name = words[1]:gsub("%.lua$", "")
  check_name(name, is_bundled)
  local files = { { name .. ".lua", script_text },
    { name .. "_test.lua", test_text } }
  for _, file in ipairs(files) do
    file[2] = file[2]:gsub("NAME", name):gsub("HELPER", '"gotrace.test"')
    if host.kind(file[1]) and not force then
      errors.usage("%s is there already: nothing is written (--force writes " ..
        "over it)", file[1])
    end
  end
  for _, file in ipairs(files) do
    written_files().put(file[1], file[2])
  end
  output.write("run it:   gotrace-lua ", name, " TRACE\n")
  output.write("test it:  gotrace-lua test ", name, "_test.lua\n")
  return errors.status.done
end

local usage = [[
usage: gotrace-lua new [--force] NAME

Writes NAME.lua, a script to begin with, and NAME_test.lua, a test of it.

options:
  --force  write over files that are there

examples:
  $ gotrace-lua new waits
  written:  waits.lua
  written:  waits_test.lua
  run it:   gotrace-lua waits TRACE
  test it:  gotrace-lua test waits_test.lua

  $ gotrace-lua test waits_test.lua | tail -1
  3 passed, 0 failed, 0 skipped
]]

return { run = run, usage = usage }
