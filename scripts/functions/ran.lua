-- ran.lua: what ran, by the stacks where a run of a goroutine began and where it stopped.

-- Of a library, by its path: a program's own has a dot in its first part, or is main.
local function is_library(func)
  local first = func:match "^[^/]*"
  if first == func then -- no folder
    return not func:find "^main%."
  end
  return not first:find(".", 1, true)
end

-- The place from which on the frames of `list` are those of other, too; # + 1: none is.
local function common_from(list, other)
  local n, from = #list, #list + 1
  for i = 0, math.min(n, #other) - 1 do
    if list[n - i].func ~= other[#other - i].func then
      break
    end
    from = n - i
  end
  return from
end

-- The program's function among the frames from a place on.
local function own_of(stack, from)
  for i = from, #stack do
    if not is_library(stack[i].func) then
      return stack[i].func
    end
  end
  return stack[from].func
end

local function path_of(stack, from)
  local names = {}
  for i = from, #stack do
    names[#names + 1] = stack[i].func
  end
  return table.concat(names, "\n")
end

-- of(stack, from): whose time it is, and all functions on the stack, in lines, from the place
-- `from` on.
local function of(stack, from)
  return own_of(stack, from), path_of(stack, from)
end

-- root_of(stack): what the goroutine began with; under samples is the function that calls it.
local function root_of(stack)
  local n = #stack
  if n > 1 and stack[n].func == "runtime.goexit" then
    n = n - 1
  end
  return stack[n].func
end

-- of_span(s): of a Running span: of one that was preempted what ran then; of others what was on
-- the stack all the time, since between its begin and its end it may have been anywhere.
local function of_span(s)
  local begin, ending = s.stack, s.end_stack
  if #ending == 0 then
    ending, begin = begin, {}
  elseif s.next == "Runnable" then
    begin = ending
  end
  if #ending == 0 then
    return nil, nil
  end
  local from = common_from(ending, begin)
  return of(ending, math.min(from, #ending))
end

-- The tracer's own goroutine is none of the runtime's by its name.
local function is_runtimes(func)
  return func:find "^runtime[./]" ~= nil and func ~= "runtime.main"
end

return { of = of, root_of = root_of, of_span = of_span,
  is_runtimes = is_runtimes }
