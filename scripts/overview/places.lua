-- places.lua: places in the code: which of them stands for a stack, and sums by it.
local site = require "overview.site"
local words = require "overview.words"

local FRAMES = 6 -- of the evidence of a finding, at most

-- of(stack): the program's own frame, as text.
local function of(stack)
  return words.place(stack.user)
end

-- list(stack): its first frames, the leaf first.
local function list(stack)
  local frames = {}
  for i = 1, math.min(stack and #stack or 0, FRAMES) do
    frames[i] = words.place(stack[i])
  end
  return frames
end

-- sorted(by_stack, field, is_wanted): sites by place, those with most first: { key =,
-- site = }. is_wanted(stack): which stacks count, all if it is nil.
local function sorted(by_stack, field, is_wanted)
  local by_place = site.sites()
  for stack, one in pairs(by_stack or {}) do
    if not is_wanted or is_wanted(stack) then
      by_place[of(stack)]:merge(one)
    end
  end
  return site.sorted(by_place, field)
end

-- A frame of a mutex: also of those in which internal packages keep it.
local function is_mutex(func)
  return func:find "^sync%.%(%*R?W?Mutex%)" ~= nil or
    func:find "^internal/sync%.%(%*Mutex%)" ~= nil
end

-- is_lock(stack): whether it waits for a mutex; "sync" are other waits, too.
local function is_lock(stack)
  for i = 1, #stack do
    if is_mutex(stack[i].func) then
      return true
    elseif not stack[i].std then
      return false
    end
  end
  return false
end

return { of = of, list = list, sorted = sorted, is_lock = is_lock }
