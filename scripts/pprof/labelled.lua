-- labelled.lua: samples of events with labels: of whom, for which task, in which region.
-- These words make spans of the trace, so only who asks for them pays.
needs = "names"

local words = {
  goroutine = function(ev) return ev.func end,
  task = function(ev) return ev.task_name end,
  region = function(ev) return ev.region end,
  g = function(ev) return ev.g end,
}

-- The labels of an event; what it has not is none.
local function labels_of(ev, names)
  local labels = {}
  for _, name in ipairs(names) do
    local value = words[name] and words[name](ev)
    labels[name] = value ~= "" and value or nil
  end
  return labels
end

-- follow(profile, types, names): events of these types go to the profile.
return function(profile, types, names)
  for _, name in ipairs(types) do
    on[name] = function(ev)
      profile:add(ev.stack, 1, labels_of(ev, names))
    end
  end
end
