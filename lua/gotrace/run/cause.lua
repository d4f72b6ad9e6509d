-- cause.lua: what most likely brought a damage about, from what the engine has
-- seen of it; nothing where that does not tell. The one place that says so.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"

local function fact(name)
  return tonumber(C["GOTRACE_FACT_" .. name])
end

local causes = {
  [fact "TEXT"] = "something else was written to the file too, as a log or " ..
    "the output of a test",
  [fact "CRLF"] = "it was copied in text mode, which makes a carriage " ..
    "return and a line feed of each line feed",
  [fact "UTF8"] = "it was taken for text and encoded as UTF-8",
  [fact "ASCII"] = "it was taken for text, and bytes have lost their " ..
    "highest bit",
  [fact "ZEROS"] = "a bad disk or a copy that is not whole, which leaves zeros",
  [fact "BIT"] = "a bad disk or bad memory: one bit is wrong",
  [fact "CLOCKS"] = "clocks of two processors disagree (a virtual machine?)",
  [fact "REGION"] = "regions are ended in another order than they were " ..
    "begun",
}

local CUT = "the file ends early: the program ended without trace.Stop, or " ..
  "the copy is not whole"
local CUT_BY_NEXT = "the program ended without trace.Stop, and another " ..
  "trace begins here"
local C_THREAD = "a C thread called Go before 1.21"

-- The model of v2 names the event, and says that the region is another one than
-- the innermost.
local function is_region_end(raw)
  local what = ffi.string(raw.what)
  return ffi.string(raw.event) == "UserRegionEnd" and
    (what:find "innermost" or what:find "another order") ~= nil
end

-- of(raw, info): the cause of a gotrace_diag in a trace, or nil.
local function of(raw, info)
  if raw.cut == 1 then
    return info.next > 0 and CUT_BY_NEXT or CUT
  elseif raw.fact == fact "STRAY_EXIT" then
    return info.version < 21 and C_THREAD or nil
  elseif is_region_end(raw) then
    return causes[fact "REGION"]
  end
  return causes[tonumber(raw.fact)]
end

-- Those of several damages, each once. What a C thread does to the order of
-- events looks like clocks that disagree.
local function all(list)
  local seen, kept = {}, {}
  for _, cause in ipairs(list) do
    seen[cause] = true
  end
  for _, cause in ipairs(list) do
    local other = cause == causes[fact "CLOCKS"] and C_THREAD
    if not (kept[cause] or seen[other]) then
      kept[#kept + 1] = cause
      kept[cause] = true
    end
  end
  return table.concat(kept, "; ")
end

return { of = of, all = all }
