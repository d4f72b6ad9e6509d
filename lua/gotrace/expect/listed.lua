-- listed.lua: what must not be: each of it is told.
local few = require("gotrace.expect.report").few

-- rule(words): as before.lua's; words: what is said, with %d for how many.
local function rule(words)
  local things = {}
  local note = {}

  function note.a(thing)
    things[#things + 1] = thing
  end

  local function judge()
    if #things > 0 then
      return words:format(#things), #things, few(things)
    end
  end

  return note, judge
end

return rule
