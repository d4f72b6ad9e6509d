-- words.lua: what tables call the parts of a walk.
local words = {}

-- name(id): a goroutine's function; "-" for nobody: the network, a timer, the runtime.
function words.name(id)
  local g = id and trace.goroutine(id)
  return g and g.name or "-"
end

-- state(part): "nobody": no goroutine worked on the task.
function words.state(part)
  return part.state or "nobody"
end

-- reason(part): "" for none.
function words.reason(part)
  return part.reason or ""
end

-- place(part): the program's own frame of where it was, "" where that is not known.
function words.place(part)
  return part.stack and #part.stack > 0 and part.stack.user or ""
end

-- waker(part): of a wait and of a time until it ran: who ended it; "" for other states.
function words.waker(part)
  local has_waker = part.state == "Waiting" or part.state == "Runnable"
  return has_waker and words.name(part.waker) or ""
end

-- goroutine(part): an object; "" where nobody worked.
function words.goroutine(part)
  return part.g and trace.goroutine(part.g) or ""
end

-- func(part): the function that its goroutine started with.
function words.func(part)
  return part.g and words.name(part.g) or ""
end

return words
