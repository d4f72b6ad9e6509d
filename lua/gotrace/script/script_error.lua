-- script_error.lua: a script's run-time error as the report that its author reads.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local advice = require "gotrace.script.advice"
local errors = require "gotrace.base.errors"
local fields = require "gotrace.event.fields"
local format = require "gotrace.printing.format"
local span_fields = require "gotrace.span.fields"
local line = require("gotrace.event.event_line").line
local pipeline = require "gotrace.script.pipeline"
local printable = require "gotrace.base.printable"

local cur = fields.cur
local COUNT_ONLY = tonumber(C.GOTRACE_COUNT_ONLY)

-- Chunks of our own are named by their path in the source tree.
local function is_ours(source)
  return source:find("^@lua/gotrace/") ~= nil
end

local function is_script(info)
  return info.what ~= "C" and not is_ours(info.source)
end

local function frame_text(info)
  local what = info.what == "main" and "main chunk" or
    ("function <%s:%d>"):format(info.short_src, info.linedefined)
  return ("%s:%d: in %s"):format(info.short_src, info.currentline, what)
end

-- The script's frames of the stack from `level` on, the functions they run, and
-- the line of the innermost: "-e:1: ", or nil.
local function walk(level)
  local frames, functions, line_of = {}, {}, nil
  local info = debug.getinfo(level + 1, "nSlf")
  while info do
    if is_script(info) then
      line_of = line_of or ("%s:%d: "):format(info.short_src, info.currentline)
      frames[#frames + 1] = frame_text(info)
      functions[#functions + 1] = info.func
    end
    level = level + 1
    info = debug.getinfo(level + 1, "nSlf")
  end
  return frames, functions, line_of
end

-- A message of Lua's that blames a line of ours is about what the script gave us.
local function blamed(message, line_of)
  local text = line_of and message:match "^lua/gotrace/[%w_/]+%.lua:%d+: (.*)$"
  return text and line_of .. text or message
end

-- Those that describe made: an error may be a table of the script's.
local Problem = {}

local function new_problem(message, frames, functions)
  return setmetatable({
    message = message,
    frames = frames,
    functions = functions,
  }, Problem)
end

-- describe(what): for xpcall: the error as a table { message, frames,
-- functions }; a stop (fail, a usage error) stays as it is.
local function describe(what)
  if errors.is_stop(what) then
    return what
  end
  local frames, functions, line_of = walk(2)
  return new_problem(blamed(errors.text_of(what), line_of), frames, functions)
end

-- What xpcall yields: LuaJIT calls no handler when it is out of memory. What a
-- message of Lua's means is looked for here: where the stack is full the handler has
-- no room for it.
local function complete(problem)
  if debug.getmetatable(problem) ~= Problem then
    problem = new_problem(errors.text_of(problem), {}, {})
  end
  problem.message = advice.of(problem.message)
  return problem
end

-- So many lines of a traceback are shown from either end.
local SHOWN = 10

local function listed(frames)
  local lines, n = {}, #frames
  for i, frame in ipairs(frames) do
    if i <= SHOWN or i > n - SHOWN then
      lines[#lines + 1] = frame
    elseif i == SHOWN + 1 then
      lines[#lines + 1] = ("... %d more"):format(n - 2 * SHOWN)
    end
  end
  return "\n  stack traceback:\n    " .. table.concat(lines, "\n    ")
end

-- load_text(problem): what to say of an error while a script loads; the
-- traceback only if it would not just repeat the message's line.
local function load_text(problem)
  problem = complete(problem)
  return problem.message .. (#problem.frames > 1 and listed(problem.frames) or
    "")
end

-- Of one that no hook takes the engine says no more than this.
local function bare_line(view)
  return ("%.9f %s"):format(fields.get(view, "time") / 1e9,
    fields.get(view, "type"))
end

local function event_text(view)
  if fields.get(view, "type") then
    local is_bare = bit.band(view.e.flags, COUNT_ONLY) ~= 0
    return ("%d at offset %.0f: %s"):format(fields.get(view, "n"),
      fields.get(view, "off"), is_bare and bare_line(view) or line(view))
  end
end

-- state Waiting of G18, 1.2ms to 1.5ms
local function span_text(view)
  local get = span_fields.getters
  local g, p = get.g(view), get.p(view)
  local whose = g and (" of G%.0f"):format(g) or p and (" of P%.0f"):format(p)
  return ("%s %s%s, %s to %s"):format(get.kind(view),
    printable.line(get.name(view) or ""), whose or "",
    format.duration(get.from(view)), format.duration(get.to(view)))
end

-- The event at hand, to make a text of later: a handler may have no room for it on
-- a stack that is full.
local function kept_event()
  local e, gen = ffi.new "gotrace_event", ffi.new "gotrace_generation"
  ffi.copy(e, cur.e, ffi.sizeof(e))
  ffi.copy(gen, cur.gen, ffi.sizeof(gen))
  return { e = e, gen = gen }
end

-- Of a span hook: the span.
local function kept_span()
  local s = ffi.new "gotrace_span"
  ffi.copy(s, span_fields.cur.s, ffi.sizeof(s))
  return { s = s }
end

-- Where an error has no handler, as that of memory has none.
local function event_at_hand()
  if not span_fields.is_idle() then
    return "span: " .. span_text(span_fields.cur)
  end
  local text = event_text(cur)
  return text and "event: " .. text
end

-- handler(stages): for xpcall around a run: what describe says, and where in
-- the trace, while the event is still at hand.
local function handler(stages)
  return function(what)
    local problem = describe(what)
    if not errors.is_stop(problem) then
      problem.stages = stages
      if span_fields.is_idle() then
        problem.type, problem.view = fields.get(cur, "type"), kept_event()
      else
        problem.span = kept_span()
        problem.type = span_fields.getters.kind(problem.span)
      end
    end
    return problem
  end
end

-- raise(problem): ends the run with the report.
local function raise(problem)
  if errors.is_stop(problem) then
    error(problem, 0)
  end
  problem = complete(problem)
  local parts = { problem.message }
  local function add(label, text)
    parts[#parts + 1] = text and label .. text
  end
  add("\n  hook: ", problem.stages and
    pipeline.hook_name(problem.stages, problem.functions, problem.type))
  add("\n  event: ", problem.view and event_text(problem.view))
  add("\n  span: ", problem.span and span_text(problem.span))
  add("", #problem.frames > 0 and listed(problem.frames) or nil)
  errors.stop(errors.status.script, table.concat(parts))
end

return {
  describe = describe,
  load_text = load_text,
  handler = handler,
  current_event = event_at_hand,
  raise = raise,
}
