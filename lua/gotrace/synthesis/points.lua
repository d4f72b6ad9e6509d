-- points.lua: instants at which something is to be written, the earliest first: a heap, as
-- there may be millions of them, and hooks add more.
--
-- Of those before the same event regions end first, so that the next may begin; then tasks
-- begin before their regions, outer regions before inner ones, and logs are in all of
-- them; what begins and ends at once ends behind that, and tasks end last.
local ffi = require "ffi"

local classes = { region_end = 0, task_begin = 1, region_begin = 2, log = 3,
  short_region_end = 4, task_end = 5 }

local point = ffi.typeof [[
  struct { double key, to; uint32_t item; uint8_t class; }]]
local list = ffi.typeof("$[?]", point)
local SIZE = ffi.sizeof(point)
local floor = math.floor

local heap, room = list(65), 64 -- from 1 on
local head = { n = 0, next = math.huge } -- how many, and the key of the first

local function is_less(a, b)
  if a.key ~= b.key then
    return a.key < b.key
  elseif a.class ~= b.class then
    return a.class < b.class
  elseif a.to ~= b.to then
    return a.to > b.to
  end
  return a.item < b.item
end

local function swap(i, j)
  local a, b = heap[i], heap[j]
  local key, to, item, class = a.key, a.to, a.item, a.class
  a.key, a.to, a.item, a.class = b.key, b.to, b.item, b.class
  b.key, b.to, b.item, b.class = key, to, item, class
end

local function grow()
  local larger = list(2 * room + 1)
  ffi.copy(larger, heap, (room + 1) * SIZE)
  heap, room = larger, 2 * room
end

-- push(class, key, item, to): of item number `item`, before the first event at `key` or
-- later. to: where a region ends.
local function push(class, key, item, to)
  if head.n == room then
    grow()
  end
  local i = head.n + 1
  head.n = i
  local new = heap[i]
  new.key, new.to, new.item, new.class = key, to or 0, item, classes[class]
  while i > 1 and is_less(heap[i], heap[floor(i / 2)]) do
    swap(i, floor(i / 2))
    i = floor(i / 2)
  end
  head.next = heap[1].key
end

local function sink()
  local i, n = 1, head.n
  while true do
    local least = i
    for child = 2 * i, 2 * i + 1 do
      if child <= n and is_less(heap[child], heap[least]) then
        least = child
      end
    end
    if least == i then
      return
    end
    swap(i, least)
    i = least
  end
end

-- pop(): the item and class of the first, which goes.
local function pop()
  local item, class = heap[1].item, heap[1].class
  swap(1, head.n)
  head.n = head.n - 1
  sink()
  head.next = head.n > 0 and heap[1].key or math.huge
  return item, class
end

local function clear()
  head.n, head.next = 0, math.huge
end

return { head = head, classes = classes, push = push, pop = pop, clear = clear }
