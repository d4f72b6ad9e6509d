-- before.lua: each b has an a before it, with the same key.
local few = require("gotrace.expect.report").few

-- rule(): { takes of a and b, by `note` }.
--   note(which, thing, key)   a thing that is a or b
--   judge()                   what does not hold: in words, how many, which; nil: nothing
local function rule()
  local ended = {} -- by key: when the first a had ended
  local waiting = {} -- b's that had none as they came
  local n = 0

  local function is_early(each)
    local first = ended[each.key]
    return not first or first > each.thing.from
  end

  local note = {}

  function note.a(thing, key)
    ended[key] = math.min(ended[key] or math.huge, thing.to)
  end

  function note.b(thing, key)
    n = n + 1
    local each = { thing = thing, key = key }
    if is_early(each) then
      waiting[#waiting + 1] = each
    end
  end

  local function judge()
    local early = {}
    for _, each in ipairs(waiting) do
      if is_early(each) then
        early[#early + 1] = each.thing
      end
    end
    table.sort(early, function(x, y)
      return x.from < y.from
    end)
    if #early > 0 then
      return ("%d of %d come without one before"):format(#early, n), #early,
        few(early)
    end
  end

  return note, judge
end

return rule
