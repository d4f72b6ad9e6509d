-- named_file.lua: files that the command line names, to be written beside the output.
-- Scripts get an object: which file it is they cannot say.
local paths = setmetatable({}, { __mode = "k" })

local meta = {
  __metatable = false,
  __tostring = function(file)
    return paths[file]
  end,
}

-- new(path): the object. Only what reads the command line calls this.
local function new(path)
  local file = setmetatable({}, meta)
  paths[file] = path
  return file
end

-- path_of(file): its path; nil: it is none of these objects.
local function path_of(file)
  return paths[file]
end

return { new = new, path_of = path_of }
