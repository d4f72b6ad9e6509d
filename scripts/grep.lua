-- grep.lua: the events whose line, functions, files or strings match.
--
--   $ gotrace-lua grep 'chan (send|receive)' testdata/real/go1.27-channels.trace | head -3
--   0.000178112 m=25023 p=2 g=21 GoBlock reason="chan receive" stack=runtime.chanrecv1
--   0.000227904 m=25024 p=3 g=20 GoBlock reason="chan receive" stack=runtime.chanrecv1
--   0.000255168 m=25020 p=1 g=1 GoBlock reason="chan send" stack=runtime.chansend1
--
--   $ gotrace-lua grep -i 'mutex' testdata/real/go1.27-faults.trace | wc -l
--   37
description = "Events whose line, functions, files or strings match"
args = {
  { name = "regexp", type = "regexp", positional = true, required = true,
    help = "what to look for, as for grep -E" },
  { name = "invert", short = "v", type = "bool",
    help = "events that do not match" },
  { name = "ignore-case", short = "i", type = "bool", help = "A is a" },
  { name = "after", short = "A", type = "int", default = 0,
    help = "events to print after each match" },
  { name = "before", short = "B", type = "int", default = 0,
    help = "events to print before each match" },
  { name = "context", short = "C", type = "int", default = 0,
    help = "events to print before and after" },
}

local format = require "gotrace.format"

local regexp = opt.regexp
if opt.ignore_case then
  regexp = require("gotrace.regexp").compile(tostring(regexp),
    { ignore_case = true })
end
local before = math.max(opt.before, opt.context)
local after = math.max(opt.after, opt.context)

local stacks = {} -- whether a stack matches, by its id

local function stack_matches(stack)
  local matches = stacks[stack.id]
  if matches == nil then
    matches = false
    for _, frame in ipairs(stack) do
      matches = matches or regexp:match(frame.func) or regexp:match(frame.file)
    end
    stacks[stack.id] = matches
  end
  return matches
end

local function event_matches(ev, line)
  return regexp:match(line) or stack_matches(ev.stack) or
    ev.type:find "^GoCreate" and ev.type ~= "GoCreateSyscall" and
    stack_matches(ev.new_stack)
end

local waiting, left = {}, 0
local printed, skipped = false, false

-- A line that is in the form of -F already.
local function put(line)
  io.write(line, "\n")
end

-- What belongs to no event is for people alone.
local function print_between()
  if not printed then
    local head = format.event_head()
    io.write(head and head .. "\n" or "")
  elseif skipped and before + after > 0 and format.style() == "text" then
    print "--"
  end
end

local function print_match(line)
  print_between()
  for _, earlier in ipairs(waiting) do
    put(earlier)
  end
  put(line)
  waiting, left = {}, after
  printed, skipped = true, false
end

local function keep(line)
  waiting[#waiting + 1] = line
  if #waiting > before then
    table.remove(waiting, 1)
    skipped = true
  end
end

function on.any(ev)
  if (event_matches(ev, tostring(ev)) or false) ~= opt.invert then
    print_match(format.event())
  elseif left > 0 then
    left = left - 1
    put(format.event())
  elseif before > 0 then
    keep(format.event())
  else
    skipped = true
  end
end
