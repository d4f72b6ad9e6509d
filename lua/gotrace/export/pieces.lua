-- pieces.lua: what the engine makes of a picture (export.chrome, export.perfetto) waits there
-- until it is worth handing on to the file.
local ffi = require "ffi"
local file = require "gotrace.export.file"
local memory = require "gotrace.engine.memory"

local PIECE = 65536 -- bytes that are handed on together

local size = ffi.new "size_t[1]"

-- of(take, failed): hand_on(self), all that waits; settle(self, bytes), after each call that
-- put something: `bytes` wait, or it failed for want of memory.
local function of(take, failed)
  local function hand_on(self)
    local at = take(self.handle, size)
    file.put_bytes(at, size[0])
  end
  local function settle(self, bytes)
    if bytes == failed then
      memory.stop()
    elseif bytes >= PIECE then
      hand_on(self)
    end
  end
  return hand_on, settle
end

return { of = of, PIECE = PIECE }
