-- events_doc.lua: writes docs/events.md from the event table:
--
--   luajit tests/support/reports/events_doc.lua > docs/events.md
--
-- `./dev docs` calls it; the lint checks that the page is fresh.
package.path = "./tests/?.lua;" .. package.path
local ffi = require "ffi"
local engine = require "support.engine"
local C = engine.lib

local kinds = {
  [tonumber(C.GOTRACE_ARG_NUM)] = "number",
  [tonumber(C.GOTRACE_ARG_G)] = "goroutine",
  [tonumber(C.GOTRACE_ARG_P)] = "proc",
  [tonumber(C.GOTRACE_ARG_M)] = "thread",
  [tonumber(C.GOTRACE_ARG_TASK)] = "task",
  [tonumber(C.GOTRACE_ARG_STR)] = "string",
  [tonumber(C.GOTRACE_ARG_STACK)] = "stack",
  [tonumber(C.GOTRACE_ARG_GSTATUS)] = "status",
  [tonumber(C.GOTRACE_ARG_PSTATUS)] = "status",
}

local function arguments(spec)
  local list = {}
  for i = 0, spec.nargs - 1 do
    local name, kind = ffi.string(spec.arg_name[i]), kinds[spec.arg_type[i]]
    if kind then
      list[#list + 1] = ("`%s` %s"):format(name, kind)
    end
  end
  return table.concat(list, ", ")
end

local function row(spec)
  local name, begin = ffi.string(spec.name), C.gotrace_spec_of(spec.begin)
  local ends = begin ~= nil and " (range of `" .. ffi.string(begin.name) .. "`)" or ""
  return ("| `%s` | 1.%d | %s | %s%s |"):format(name, spec.since, arguments(spec), ffi.string(spec.about), ends)
end

print [[
# Events

One row an event, generated from `src/event/event.def` by `./dev docs`. A hook is `function on.<Event>(ev)`. Every event
has the fields `type time m p g stack n gen off`; the arguments below come on top. An id of none is `nil`.
`since` is the first trace version that has the event itself; older versions' events are converted to these.

| event | since | arguments | what it says |
|---|---|---|---|]]
for id = 0, 255 do
  local spec = C.gotrace_spec_of(id)
  if spec ~= nil and spec.timed == 1 then
    print(row(spec))
  end
end
print [[

Statuses of goroutines: `Runnable`, `Running`, `Syscall`, `Waiting`. Of procs: `Running`, `Idle`, `Syscall`,
`SyscallAbandoned` (in a syscall, and its thread is not known).]]
