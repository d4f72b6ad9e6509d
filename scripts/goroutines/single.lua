-- single.lua: goroutines one by one: by what they logged, and by themselves.
local format = require "gotrace.format"
local words = require("goroutines.tables").words

local single = {}

-- An object for each goroutine, with all that there is.
local function print_object(g)
  local s = g.stats
  local object = { id = g.id, name = g.name, block_by = s.block_by }
  for _, word in ipairs(words) do
    object[word] = s[word]
  end
  print(format.json(object))
end

-- key_of(by): what a row is about, a function of a goroutine; nil: it logged none. Of several logs
-- with the key the latest counts.
local function key_of(by)
  if by == "id" then
    return function(g)
      return g
    end
  end
  local logged, key = {}, by:match "^log:(.+)$"
  function on.UserLog(ev)
    if ev.key == key and ev.g then
      logged[ev.g] = ev.value
    end
  end
  return function(g)
    return logged[g.id]
  end
end

-- finish(by, add, is_wanted): what is to be done at the end of the trace; add: of tables.lua,
-- is_wanted(goroutine or sum).
function single.finish(by, add, is_wanted)
  local key, told = key_of(by), {}
  local objects = by == "id" and format.style() == "json"

  -- Those that -f leaves.
  function on.goroutine(s)
    told[s.g] = true
  end

  return function()
    for g in trace.each_goroutine() do
      local is_told = told[g.id] and is_wanted(g)
      if is_told and objects then
        print_object(g)
      elseif is_told then
        add(key(g), g.stats)
      end
    end
  end
end

return single
