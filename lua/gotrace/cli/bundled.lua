-- bundled.lua: scripts by name and by path.
--
-- What runs does not depend on what happens to lie in the current folder: a
-- path has a slash or ends in .lua, and any other word is the name of a script
-- that comes with the program (and is inside it), or that is in a folder of
-- GOTRACE_SCRIPTS, which are looked at first.
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local suggest = require "gotrace.base.suggest"

local NAME = "([%w_-]+)%.lua$"

-- The folders of GOTRACE_SCRIPTS, between colons. An empty one is none, and not
-- the current folder.
local function folders()
  local list = {}
  for path in (os.getenv "GOTRACE_SCRIPTS" or ""):gmatch "[^:]+" do
    list[#list + 1] = path
  end
  return list
end

local function is_readable(path)
  local kind = host.kind(path)
  return kind ~= nil and kind ~= "folder"
end

local function add_folder(sources, dir)
  for _, file in ipairs(host.list(dir) or {}) do
    local name, path = file:match("^" .. NAME), dir .. "/" .. file
    if name and not sources[name] and is_readable(path) then
      sources[name] = { name = name, path = path, dir = dir }
    end
  end
end

-- The text of a module of a script that is inside the program: scripts/NAME.lua, dots
-- as folders; and the name of its chunk.
local function embedded_module(name)
  local path = ("scripts/%s.lua"):format((name:gsub("%.", "/")))
  for _, file in ipairs(host.files()) do
    if file == path then
      return host.file(file), file
    end
  end
end

-- The name of the chunk is the path in the source tree.
local function add_embedded(sources)
  for _, file in ipairs(host.files()) do
    local name = file:match("^scripts/" .. NAME)
    if name and not sources[name] then
      sources[name] = { name = name, text = host.file(file), chunk = file,
        module = embedded_module }
    end
  end
end

local found

-- The source of each script that has a name; the first one of a name counts.
local function by_name()
  if not found then
    found = {}
    for _, dir in ipairs(folders()) do
      add_folder(found, dir)
    end
    add_embedded(found)
  end
  return found
end

-- The names, without .lua, in alphabetical order.
local function names()
  local list = {}
  for name in pairs(by_name()) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

local function of_path(path)
  if is_readable(path) then
    return { name = path, path = path, dir = path:match "^(.*)/[^/]*$" or "." }
  end
end

-- find(word): the source of a script { name =, path = or text = and chunk = and
-- module(name), dir = if it is in one }; nil if there is none.
local function find(word)
  if word:find("/", 1, true) then
    return of_path(word)
  elseif word:find "%.lua$" then
    return of_path(word) or by_name()[word:match("^" .. NAME)]
  end
  return by_name()[word]
end

local function missing(word)
  if word:find("/", 1, true) then
    errors.usage("there is no script %s", word)
  elseif is_readable(word) then
    errors.usage("there is no script %s that comes with the program; the " ..
      "file is ./%s", word, word)
  end
  if word == "help" or word == "version" then
    errors.usage("there is no script %s; gotrace-lua --%s is an option", word,
      word)
  end
  errors.usage("there is no script %s%s; gotrace-lua -l lists those that " ..
    "come with it", word, suggest.hint(word:gsub("%.lua$", ""), names()))
end

-- locate(word): the same, and the end of the run if there is none.
local function locate(word)
  return find(word) or missing(word)
end

return { names = names, find = find, locate = locate }
