-- verify.lua: --verify: reads traces by the rules of Go's reader and tools, and
-- says of each the first thing that breaks them.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local Judge = require "gotrace.verify.judge"
local diag = require "gotrace.engine.diag"
local errors = require "gotrace.base.errors"
local event_row = require "gotrace.printing.event_row"
local event_table = require "gotrace.engine.event_table"
local format = require "gotrace.printing.format"
local input = require "gotrace.run.input"
local memory = require "gotrace.engine.memory"
local output = require "gotrace.sandbox.output"
local printable = require "gotrace.base.printable"
local progress = require "gotrace.run.progress"
local trace = require "gotrace.trace.trace"

local OK, END = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_END)
local INTERRUPTED = tonumber(C.GOTRACE_INTERRUPTED)
local SYSTEM = tonumber(C.GOTRACE_SYSTEM)
local DAMAGE = tonumber(C.GOTRACE_EV_DAMAGE)
local GENERATION = tonumber(C.GOTRACE_EV_GENERATION)

-- Older ones only Go 1.15 reads, which has no judges.
local FIRST_JUDGED = 11
local FIRST_NEW = 22
local function nothing() end
local NO_JUDGE = { event = nothing, generation = nothing, finish = nothing }

-- The events of a batch before the judge, up to one that it refuses.
local function show(judge, batch)
  for i = 0, batch.len - 1 do
    local e = batch.events[i]
    if e.type < GENERATION then
      judge:event(e)
    elseif e.type == GENERATION then
      judge:generation(batch.gen)
    end
    if e.type == DAMAGE then
      return
    elseif judge.wrong then
      judge.at, judge.gen = e, tonumber(batch.gen.gen)
      return
    end
  end
end

local function want_all(handle)
  local wanted = ffi.new "uint8_t[256]"
  ffi.fill(wanted, 256, 1)
  C.gotrace_want(handle, wanted, C.GOTRACE_ORDER_FULL)
end

-- Reads on until the first damage, or what the judge refuses.
local function read(handle, judge, meter)
  local batch, why = ffi.new "gotrace_batch", ffi.new "gotrace_diag"
  local info = C.gotrace_info_of(handle)
  want_all(handle)
  meter:begin(handle)
  local status
  repeat
    status = tonumber(C.gotrace_next(handle, batch, why))
    if status == OK then
      show(judge, batch)
    end
    meter:tick(handle)
  until status ~= OK or info.damages > 0 or judge.wrong
  meter:clear()
  if status == END and info.damages == 0 then
    judge:finish()
  end
  return status, why
end

-- What is said of a file under -F json and csv.
local columns = { "file", "valid", "version", "events", "problem" }
local headed = false

local function put_row(style, values)
  if style == "json" then
    output.put(format.json_object(columns, values), "\n")
  elseif style == "csv" then
    output.put(headed and "" or table.concat(columns, ",") .. "\n",
      format.csv_line(values, #columns), "\n")
    headed = true
  end
end

local function refuse(path, text)
  put_row(event_row.style(), { path, false, nil, nil, text })
  errors.warn("%s: %s", path, text)
  return errors.status.damaged
end

local function accept(path, version, events)
  put_row(event_row.style(), { path, true, "go 1." .. version, events })
  if event_row.style() == "text" then
    output.write(("%s: valid go 1.%d trace, %s events\n"):format(path,
      version, format.thousands(events)))
  end
  return errors.status.done
end

-- "offset 12, generation 1, thread 3, GoStart: ", as a damage says it.
local function place(judge)
  local e, row = judge.at, judge.at and event_table.rows[judge.at.type]
  if not e then
    return ""
  end
  local thread = row and e.home ~= -1 and
    (", thread %.0f"):format(tonumber(e.home))
  local event = row and (", %s"):format(row.name)
  return ("offset %.0f, generation %.0f%s%s: "):format(tonumber(e.off),
    judge.gen, thread or "", event or "")
end

local function violation(judge)
  local wrong, parts = judge.wrong, {}
  parts[#parts + 1] = wrong.have and "have " .. wrong.have
  parts[#parts + 1] = wrong.want and "want " .. wrong.want
  local detail = #parts > 0 and (" (%s)"):format(table.concat(parts, ", "))
  local by_whom = judge.version < FIRST_NEW and
    ", as Go's tools convert old traces" or ""
  return printable.line(place(judge) .. wrong.what .. by_whom ..
    (detail or ""))
end

-- The exit status of what was read so far.
local function conclude(path, handle, judge, status, why)
  local info = C.gotrace_info_of(handle)
  if judge.wrong then
    return refuse(path, violation(judge))
  elseif info.damages > 0 then
    local d = trace.damage(handle, 0)
    return refuse(path, tostring(d) ..
      (d.cause and "; likely " .. d.cause or ""))
  elseif status == INTERRUPTED then
    return errors.signal_status()
  elseif memory.is_refusal(status) then
    memory.refuse(path, why)
  elseif status ~= END then
    return refuse(path, tostring(diag.of(why)))
  end
  if info.next > 0 then
    return refuse(path,
      ("offset %.0f: another trace begins here: Go's tools " ..
      "read one in a file"):format(tonumber(info.next)))
  end
  return accept(path, tonumber(info.version), tonumber(info.events))
end

local function refuse_unopened(shown, status, why)
  if status == INTERRUPTED then
    return errors.signal_status()
  elseif status == SYSTEM then
    errors.usage("%s", tostring(diag.of(why)))
  elseif memory.is_refusal(status) then
    memory.refuse(shown, why)
  end
  return refuse(shown, tostring(diag.of(why)))
end

local function verify_opened(shown, handle, meter)
  local version = tonumber(C.gotrace_info_of(handle).version)
  local judge = version >= FIRST_JUDGED and Judge.new(version) or NO_JUDGE
  return conclude(shown, handle, judge, read(handle, judge, meter))
end

local function verify_one(path, meter)
  local one = input.first(path)
  local status, handle, why, exit_status = input.open(one)
  local shown = trace.shown(one.name)
  if exit_status then
    return exit_status
  elseif not handle then
    return refuse_unopened(shown, status, why)
  end
  local ok, result = pcall(verify_opened, shown, handle, meter)
  C.gotrace_close(handle)
  result = ok and result == errors.status.done and input.finish(one) or result
  if not ok then
    error(result, 0)
  end
  return result
end

-- verify(paths, options): the exit status: that of the first that is not valid.
local function verify(paths, options)
  local result = errors.status.done
  errors.catch_signals()
  local meter = progress.start(options, paths)
  for i, path in ipairs(paths) do
    meter:file(i)
    local status = verify_one(path, meter)
    if result == errors.status.done then
      result = status
    end
    if status ~= errors.status.done and status ~= errors.status.damaged then
      return status
    end
  end
  return result
end

return verify
