-- known_names.lua: names of goroutines and tasks that are found out in a pass of their own,
-- before the one that makes spans.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"

local known = { handle = nil }

-- forget(): of a trace that is over.
local function forget()
  if known.handle then
    C.gotrace_known_names_free(ffi.gc(known.handle, nil))
    known.handle = nil
  end
end

-- begin(): the pass begins.
local function begin()
  forget()
  local handle = C.gotrace_known_names_new()
  if handle == nil then
    memory.stop()
  end
  known.handle = ffi.gc(handle, C.gotrace_known_names_free)
end

-- learn(batch): from a batch of the pass.
local function learn(batch)
  if not C.gotrace_known_names_learn(known.handle, names.handle, batch) then
    memory.stop()
  end
end

return { known = known, begin = begin, learn = learn, forget = forget }
