-- call.lua: which call of the system a stack is in: the function at its leaf, or the one that
-- calls it where the leaf is the way into the kernel that all calls share.
local function is_shared(func)
  local name = func:match "([^.]+)$" or func
  return name:lower():find "^r?a?w?syscall%w*$" ~= nil
end

-- call_of(stack): its name; nil: the stack is not known.
local function call_of(stack)
  local at = 1
  while stack[at + 1] and is_shared(stack[at].func) do
    at = at + 1
  end
  return stack[at] and stack[at].func
end

return call_of
