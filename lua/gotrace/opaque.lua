-- opaque.lua: objects for scripts: methods, and nothing behind them to read or
-- to write. Each is a userdata, so that rawget, rawset and next find nothing
-- either.

-- A method that is for this object alone. It ends with a tail call: level 2 of
-- an error in it is the script's line.
local function bound(self, name)
  local method = self[name]
  return function(handle, ...)
    if handle ~= self.handle then
      error(("call it with a colon: x:%s(...)"):format(name), 2)
    end
    return method(self, ...)
  end
end

-- of(self, names): the handle of self: an object with those of these methods
-- that self has. What is a field of self knows it without being given it. A
-- method that would return self returns self.handle.
local function of(self, names)
  local handle = newproxy(true)
  local meta, methods = getmetatable(handle), {}
  meta.__metatable = false
  meta.__index = methods
  self.handle = handle
  for _, name in ipairs(names) do
    methods[name] = rawget(self, name) or self[name] and bound(self, name)
  end
  return handle
end

return { of = of }
