-- names: names that hurt who shows them, and a trace in which everything that has a
-- name has one of them: functions, files, tasks, regions, logs, labels, reasons.
local program = require "support.program"

local hostile_names = {}

-- As YAML writes them, and as they are shown in a line of text. Longer ones are damage in traces of Go 1.22
-- and later (long_trace).
hostile_names.names = {
  { yaml = [["\x1B[31mred\x07"]], line = "\\x1b[31mred\\x07" },
  { yaml = [["\x1B]0;title\x1B\\"]], line = "\\x1b]0;title\\x1b\\" },
  { yaml = [["two\nlines;a;b\tand\rback"]], line = "two\\nlines;a;b\\tand\\rback" },
  { yaml = [["nul\0del\x7F"]], line = "nul\\x00del\\x7f" },
  { yaml = [["c1 \u009B31m \u0085"]], line = "c1 \\u009b31m \\u0085" },
  { yaml = [["bidi \u202Egnp.exe\u202C \u2066x\u2069 \u200F\u061C"]],
    line = "bidi \\u202egnp.exe\\u202c \\u2066x\\u2069 \\u200f\\u061c" },
  { yaml = [["sep\u2028\u2029"]], line = "sep\\u2028\\u2029" },
  { yaml = [["</script><script>alert(1)</script>"]], line = "</script><script>alert(1)</script>" },
  { yaml = [["'\"\\\"`; DROP TABLE g_transitions; --"]], line = "'\"\\\"`; DROP TABLE g_transitions; --" },
  { yaml = [[!bytes "raw \x9B31m \xFF"]], line = "raw \\x9b31m \\xff" },
  { yaml = [[!bytes "cut \xE2\x82"]], line = "cut \\xe2\\x82" },
  { yaml = [["=cmd|'calc'!A1"]], line = "=cmd|'calc'!A1" },
  { yaml = [["a -> b [label=c]"]], line = "a -> b [label=c]" },
  { yaml = '"' .. ("long;"):rep(200) .. '"', line = ("long;"):rep(200) },
}

hostile_names.EVENTS = 19 -- of a trace, with its sample

local TEXT = [[
expect: ok
header: go 1.26 trace
trace:
  - EventBatch: {time: 1000}
    sync:
      - Frequency: {freq: 1000000000}
      - ClockSnapshot: {dt: 0, mono: 5, sec: 1700000000, nsec: 0}
  - EventBatch: {m: 7, time: 1100}
    events:
      - ProcStatus: {dt: 0, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 1, target_m: 7, status: Running}
      - UserTaskBegin: {dt: 10, task: 1, name: 1, stack: 1}
      - UserRegionBegin: {dt: 10, task: 1, name: 1, stack: 1}
      - UserRegionBegin: {dt: 10, task: 1, name: 1, stack: 1}
      - UserLog: {dt: 10, task: 1, key: 1, value: 1, stack: 1}
      - UserRegionEnd: {dt: 10, task: 1, name: 1, stack: 1}
      - HeapGoal: {dt: 1, heapgoal: 18446744073709551615}
      - GoLabel: {dt: 10, label: 1}
      - STWBegin: {dt: 1, kind: 1, stack: 1}
      - STWEnd: {dt: 1}
      - GoCreate: {dt: 8, new_g: 2, new_stack: 2, stack: 1}
      - GoBlock: {dt: 10, reason: 1, stack: 1}
      - GoStart: {dt: 10, target_g: 2, g_seq: 1}
      - GoUnblock: {dt: 10, target_g: 1, g_seq: 1, stack: 1}
      - GoDestroy: {dt: 10}
      - GoStart: {dt: 10, target_g: 1, g_seq: 2}
      - GoBlock: {dt: 10, reason: 1, stack: 1}
  - EventBatch:
    stacks:
      - {id: 1, frames: [{pc: 0x10, func: 1, file: 1, line: 10}]}
      - {id: 2, frames: [{pc: 0x10, func: 1, file: 1, line: 10}, {pc: 0x20, func: 1, file: 1, line: 20}]}
  - EventBatch:
    samples:
      - {time: 1125, m: 7, p: 0, g: 1, stack: 1}
  - EventBatch:
    strings:
      - {id: 1, data: DATA}
  - EndOfGeneration
]]

-- trace(yaml): the path of a trace with that name.
function hostile_names.trace(yaml)
  return program.build((TEXT:gsub("DATA", function()
    return yaml
  end)))
end

-- long_trace(name): the same with one of up to 60 KB, which Go 1.11 to 1.21 allow; as YAML writes it between
-- quotes.
function hostile_names.long_trace(name)
  return program.build((([[
expect: ok
header: go 1.11 trace
trace:
  - Batch: {p: 0, ticks: 1000}
  - GoCreate: {g: 1, new_stack: 1, stack: 0}
  - ProcStart: {thread: 1}
  - GoStart: {g: 1, seq: 1}
  - UserTaskCreate: {taskid: 1, pid: 0, typeid: 1, stack: 1}
  - UserRegion: {taskid: 1, mode: 0, typeid: 1, stack: 1}
  - UserLog: {id: 1, keyid: 1, stack: 1, value: "LONG"}
  - UserRegion: {taskid: 1, mode: 1, typeid: 1, stack: 1}
  - GoBlockSync: {stack: 1}
  - Frequency: {freq: 1000000000}
  - String: {id: 1, data: "LONG"}
  - Stack: {id: 1, frames: [{pc: 0x10, func: 1, file: 1, line: 10}]}
]]):gsub("LONG", function()
    return name
  end)))
end

return hostile_names
