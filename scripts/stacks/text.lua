-- text.lua: a stack as lines below what it is of, for cat.lua and forbid.lua.
local format = require "gotrace.format"
local line = format.line

local texts = {} -- by the stack's id

-- As Go prints stacks: the function, and where below it. Go 1.5 knows only the
-- address.
local function frame_text(frame)
  if frame.func == "" then
    return ("\t0x%x\n"):format(frame.pc)
  end
  return ("\t%s\n\t\t%s:%d\n"):format(line(frame.func), line(frame.file),
    frame.line)
end

-- of(stack): its lines, each with its end; none of an empty one.
local function of(stack)
  local text = texts[stack.id]
  if not text then
    local lines = {}
    for i, frame in ipairs(stack) do
      lines[i] = frame_text(frame)
    end
    text = table.concat(lines)
    texts[stack.id] = text
  end
  return text
end

return { of = of }
