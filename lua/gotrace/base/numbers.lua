-- numbers.lua: lists of whole numbers from 0 to 2^32 - 1 that grow, four bytes each: for
-- what there may be millions of.
local ffi = require "ffi"

local array = ffi.typeof "uint32_t[?]"
local BYTES, FIRST = 4, 64

local Numbers = {}
Numbers.__index = Numbers

local function grow(self, i)
  local size = math.max(2 * self.size, i + 1, FIRST)
  local list = array(size)
  ffi.copy(list, self.list, self.size * BYTES)
  self.list, self.size = list, size
end

-- get(i): the number at i, from 0 on; 0 where none was set.
function Numbers:get(i)
  return i < self.size and self.list[i] or 0
end

-- set(i, n)
function Numbers:set(i, n)
  if i >= self.size then
    grow(self, i)
  end
  self.list[i] = n
end

local function new()
  return setmetatable({ list = array(0), size = 0 }, Numbers)
end

return { new = new }
