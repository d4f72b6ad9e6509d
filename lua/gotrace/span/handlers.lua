-- handlers.lua: which spans the stages of a run ask for, and the function that
-- each kind goes through.
local fields = require "gotrace.span.fields"

-- A hook for spans among those of a stage, that of a kind before anyspan.
local function hook_of(functions)
  for id = 0, #fields.kinds do
    if functions and functions[fields.kinds[id]] then
      return fields.kinds[id]
    end
  end
  return functions and functions.anyspan and "anyspan"
end

-- why(stages): what asks for spans, in words; nil if nothing does. Hooks of a scan
-- count, too.
local function why(stages)
  for _, stage in ipairs(stages) do
    local name, scan = hook_of(stage.hooks), hook_of(stage.scan)
    if name or scan then
      return ("%s of %s wants spans"):format(name and "on." .. name or
        "scan." .. scan, stage.name)
    elseif stage.objects or stage.needs == "spans" then
      return stage.name .. " asks for goroutines"
    end
  end
end

local function chain(a, b)
  if not (a and b) then
    return a or b
  end
  return function(span)
    if a(span) == false then
      return false
    end
    return (b(span))
  end
end

-- handlers(stages): the functions by kind (fields.kinds), from 0 on, false for kinds
-- that nobody hooks; and a mask of the others. A hook that returns false hides the
-- span from what is behind it.
local function handlers(stages)
  local list, mask = {}, 0
  for id, kind in pairs(fields.kinds) do
    local all
    for _, stage in ipairs(stages) do
      local own = stage.hooks
      all = own and chain(all, chain(own.anyspan, own[kind])) or all
    end
    list[id] = all or false
    mask = mask + (all and 2 ^ id or 0)
  end
  return list, mask
end

-- asks_for_objects(stages): whether hooks may ask for goroutines.
local function asks_for_objects(stages)
  for _, stage in ipairs(stages) do
    if stage.objects or stage.needs == "spans" then
      return true
    end
  end
  return false
end

return {
  why = why,
  handlers = handlers,
  asks_for_objects = asks_for_objects,
}
