-- frames.lua: which handler a stack is in: what the innermost frame that calls handlers has
-- called.

-- By the function that calls handlers how those are called; true: anything. A mux does
-- other things beside, which are no handlers.
local known = {
  ["net/http.HandlerFunc.ServeHTTP"] = true,
  ["net/http.(*ServeMux).ServeHTTP"] = "%.ServeHTTP$",
  ["net/http.serverHandler.ServeHTTP"] = "%.ServeHTTP$",
  ["google.golang.org/grpc.(*Server).processUnaryRPC"] = "_Handler$",
  ["google.golang.org/grpc.(*Server).processStreamingRPC"] = "_Handler$",
}

local frames = {}

local function of_names(names)
  local callers = {}
  for _, name in ipairs(names) do
    callers[name] = true
  end
  return callers
end

-- From the leaf on: of handlers in handlers the innermost. A mux is no handler of another's.
local function handler_of(stack, callers)
  for i = 2, #stack do
    local how, func = callers[stack[i].func], stack[i - 1].func
    if how and not callers[func] and (how == true or func:find(how)) then
      return func
    end
  end
  return false
end

-- finder(names): handler_of(stack), its name or false. names: of the functions that call
-- handlers; nil: those that are known.
function frames.finder(names)
  local callers, found = names and of_names(names) or known, {}
  return function(stack) -- equal stacks are one object
    if found[stack] == nil then
      found[stack] = handler_of(stack, callers)
    end
    return found[stack]
  end
end

-- none(names): what to say if no stack was in a handler.
function frames.none(names)
  if names then
    return "no stack has what " .. table.concat(names, ", ") .. " calls: " ..
      "--frame is a function's name as stacks have it, as folded prints them"
  end
  return "no stack goes through a handler of net/http or gRPC:\n" ..
    "--frame=FUNCTION names what calls the handlers of another server"
end

return frames
