-- cause.lua: what most likely brought a damage about, from what the engine has
-- seen of it; nothing where that does not tell. The one place that says so.
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
  [fact "MISSING"] = "events are missing or wrong: the program lost them " ..
    "before they were written, whole batches are not in the file, or a byte " ..
    "of them was changed",
  [fact "BATCHES"] = "whole batches are not in the file",
  [fact "TWICE"] = "the program wrote a buffer twice, or the copy is bad",
  [fact "LF"] = "it was taken for text, and its line feeds were removed",
  [fact "CR"] = "it was taken for text, and its carriage returns were " ..
    "removed or made line feeds",
  [fact "CHUNKS"] = "an answer of HTTP was saved as it came, as by nc or " ..
    "curl --raw",
}

local CUT = "the file ends early: the program ended without trace.Stop, or " ..
  "the copy is not whole"
local CUT_BY_NEXT = "the program ended without trace.Stop, and another " ..
  "trace begins here"
local C_THREAD = "a C thread called Go before 1.21"

-- of(raw, info): the cause of a gotrace_diag in a trace, or nil.
local function of(raw, info)
  if raw.cut == 1 then
    return info.next > 0 and CUT_BY_NEXT or CUT
  elseif raw.fact == fact "C_THREAD" then
    return C_THREAD
  end
  return causes[tonumber(raw.fact)]
end

-- What becomes of a whole file where it is taken for text.
local conversions = {}
for _, name in ipairs { "CRLF", "UTF8", "ASCII", "LF", "CR", "CHUNKS" } do
  conversions[causes[fact(name)]] = true
end

local function is_converted(seen)
  for cause in pairs(seen) do
    if conversions[cause] then
      return true
    end
  end
  return false
end

-- Whether one that was seen explains the cause: what a C thread does to the order
-- of events looks like clocks that disagree, in bytes that are lost there were
-- events, what lacks bytes ends early, and what was taken for text may look like it and
-- lacks what is no longer read.
local function is_explained(cause, seen, lost)
  if cause == causes[fact "TEXT"] or cause == causes[fact "BATCHES"] then
    return is_converted(seen)
  end
  if cause == causes[fact "MISSING"] then
    return lost > 0 or next(seen, next(seen)) ~= nil
  end
  if cause == CUT then
    return (seen[causes[fact "LF"]] or seen[causes[fact "CR"]]) ~= nil
  end
  return cause == causes[fact "CLOCKS"] and seen[C_THREAD] ~= nil
end

-- Those of several damages, each once. lost: bytes that could not be read.
local function all(list, lost)
  local seen, kept = {}, {}
  for _, cause in ipairs(list) do
    seen[cause] = true
  end
  for _, cause in ipairs(list) do
    if not (kept[cause] or is_explained(cause, seen, lost)) then
      kept[#kept + 1] = cause
      kept[cause] = true
    end
  end
  return table.concat(kept, "; ")
end

return { of = of, all = all }
