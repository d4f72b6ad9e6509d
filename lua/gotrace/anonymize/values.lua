-- values.lua: what is written in place of strings that are no functions or files: the
-- runtime's own words stay, all others become pseudonyms.
local words = require "gotrace.event.words"

local function set_of(list)
  local set = {}
  for _, word in ipairs(list) do
    set[word] = true
  end
  return set
end

-- The runtime's, by role: reasons and kinds of stops, and the labels of the collector's
-- workers (Go 1.27 runtime/mgc.go, gcMarkWorkerModeStrings).
local runtimes = {
  reason = set_of(words.reason),
  stw = set_of(words.kind),
  label = set_of { "Not worker", "GC (dedicated)", "GC (fractional)",
    "GC (idle)" },
}
-- The reasons of GoStop are reasons as well, and collections stop the world for reasons that
-- some versions tell as such.
for _, list in ipairs { words.stop, words.kind } do
  for word in pairs(set_of(list)) do
    runtimes.reason[word] = true
  end
end

-- Types that every program has.
local predeclared = set_of {
  "bool", "string", "error", "any", "int", "int8", "int16", "int32", "int64",
  "uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "float32",
  "float64", "complex64", "complex128", "byte", "rune", "map", "chan", "func",
  "interface", "struct", "unsafe", "Pointer", "noalg",
}

-- Whether a type is made of these alone, without a tag of whatever says more.
local function is_predeclared(text)
  if text:find "[^%w_ %[%](){}*,.;<-]" then
    return false
  end
  for word in text:gmatch "[%w_]+" do
    if not (predeclared[word] or word:find "^%d+$") then
      return false
    end
  end
  return true
end

local heads = { reason = "reason", stw = "reason", label = "label",
  task = "task", region = "region", logkey = "key", logvalue = "value",
  experiment = "T" }

-- new(chosen): a function of a string and its role that yields what is written.
--   words  pseudonyms (pseudonyms.lua)
--   kept   roles that stay, as a set
--   deny   a regular expression: what matches does not stay
local function new(chosen)
  local function stays(text, role)
    if chosen.kept[role] then
      return not (chosen.deny and chosen.deny:match(text))
    elseif role == "experiment" then
      return is_predeclared(text)
    end
    return runtimes[role] ~= nil and runtimes[role][text] == true
  end
  return function(text, role)
    if text == "" or stays(text, role) then
      return text
    end
    if role == "experiment" then
      return chosen.words:word(heads[role], text)
    end
    return chosen.words:value(heads[role], text)
  end
end

return { new = new }
