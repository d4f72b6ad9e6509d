-- lazy.lua: modules that few runs need are loaded when they are used first.
local load = require

-- lazy(name): a function that yields the module.
local function lazy(name)
  local module
  return function()
    module = module or load(name)
    return module
  end
end

-- set_loader(fn): what takes the place of require where modules cannot be found any more
-- (engine/seal.lua).
local function set_loader(fn)
  load = fn
end

return { of = lazy, set_loader = set_loader }
