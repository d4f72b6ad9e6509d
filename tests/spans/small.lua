-- small.lua: small traces for specs of spans, and what scripts print of them.
local assert = require "luassert"
local program = require "support.program"
local trace = require "support.trace"

local M = {}

M.strings = {
  "chan receive", "main.main", "main.go", "main.worker", "outer", "inner", "sleep", "runtime.bgsweep",
  "GC sweep termination", "read mem stats", "GC mark termination",
}
M.stacks = {
  { { 16, 2, 3, 1 } },
  { { 32, 4, 3, 2 } },
  { { 48, 1, 3, 5 }, { 33, 4, 3, 2 } },
  { { 64, 8, 3, 7 } },
}

-- file(batch, ...): the bytes of a trace of one generation, which begins at 1000.
function M.file(...)
  return trace.file(26, { strings = M.strings, stacks = M.stacks, time = 1000, ... })
end

-- one_thread(event, ...): the file of a trace in which proc 0 runs, and goroutine 1 on it.
function M.one_thread(...)
  local batch = {
    m = 1,
    time = 1000,
    { "ProcStatus", 0, 0, 1 },
    { "GoStatus", 1, 1, 1, 2 },
    ...,
  }
  return program.tmpfile(M.file(batch))
end

function M.run(code, file, ...)
  return program.run { "-e", code, file, ... }
end

-- lines(code, file, ...): what a script prints of a trace, as lines.
function M.lines(code, file, ...)
  local r = M.run(code, file, ...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  local list = {}
  for line in r.out:gmatch "[^\n]+" do
    list[#list + 1] = line
  end
  return list
end

return M
