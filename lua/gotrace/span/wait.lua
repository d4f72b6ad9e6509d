-- wait.lua: what a wait was for. Go's reason of one for a semaphore of the collector's is
-- that of any other, "sync", and the place is where the program allocated: the frames of
-- the runtime between them tell.
local NAMES = { "^runtime%.gc", "^runtime%.GC$", "^runtime%.stopTheWorldGC$" }

local is_collectors = {} -- by number of stacks
local named = {} -- by reason

local function has_collector(stack)
  for _, frame in ipairs(stack) do
    local func = frame.func
    if not func:find "^runtime%." and not func:find "^sync%." then
      return false
    end
    for _, name in ipairs(NAMES) do
      if func:find(name) then
        return true
      end
    end
  end
  return false
end

local function look_at(stack)
  is_collectors[stack._at] = has_collector(stack)
  return is_collectors[stack._at]
end
jit.off(look_at)

-- cause(reason, stack): the reason, and that it was the collector that was waited for where
-- the reason does not say so.
local function cause(reason, stack)
  local is = is_collectors[stack._at]
  if is == nil then
    is = look_at(stack)
  end
  if not is then
    return reason
  end
  named[reason] = named[reason] or
    (reason:find("GC", 1, true) and reason or reason .. " (GC)")
  return named[reason]
end

return { cause = cause }
