-- judge_shown.lua: numbers of 64 bits as text.
local ffi = require "ffi"

local shown = {}

-- "-1" of -1LL.
function shown.int(n)
  return (tostring(n):gsub("U?LL$", ""))
end

-- An id of 64 bits, signed: -1 is none, and others below 0 are above 2^63.
function shown.id(n)
  local above = ffi.istype("int64_t", n) and n < -1
  return shown.int(above and ffi.cast("uint64_t", n) or n)
end

return shown
