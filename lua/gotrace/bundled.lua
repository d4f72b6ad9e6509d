-- bundled.lua: where scripts are found by name.
local errors = require "gotrace.errors"
local host = require "gotrace.host"
local suggest = require "gotrace.suggest"

local function up(path)
  return path:match "^(.*)/[^/]*$" or "."
end

-- Folders that may hold the bundled scripts, the first that exists counts: the
-- one that the environment names, the source tree's while the program is run
-- from its build folder, the installed one.
local function folders()
  local list = { os.getenv "GOTRACE_SCRIPTS" }
  local executable = host.executable()
  if executable then
    local bin = up(executable)
    for _, root in ipairs { up(bin), up(up(bin)) } do
      if host.list(root .. "/src/script") then
        list[#list + 1] = root .. "/scripts"
      end
    end
    list[#list + 1] = up(bin) .. "/share/gotrace-lua/scripts"
  end
  return list
end

local found

local function folder()
  if found == nil then
    found = false
    for _, path in ipairs(folders()) do
      if host.list(path) then
        found = path
        break
      end
    end
  end
  return found or nil
end

-- Names of the bundled scripts, without .lua, in alphabetical order.
local function names()
  local list = {}
  for _, file in ipairs(folder() and host.list(folder()) or {}) do
    list[#list + 1] = file:match "^([%w_-]+)%.lua$"
  end
  table.sort(list)
  return list
end

local function is_file(path)
  return host.kind(path) == "file"
end

local function path_of(name)
  local short = name:gsub("%.lua$", "")
  for _, known in ipairs(names()) do
    if known == short then
      return folder() .. "/" .. known .. ".lua"
    end
  end
end

local function missing(name)
  if name:find "/" then
    errors.usage("there is no script %s", name)
  end
  errors.usage("there is no script %s%s; gotrace-lua -l lists those that " ..
    "come with it", name, suggest.hint(name:gsub("%.lua$", ""), names()))
end

-- locate(name): the source of a script: a path wins over a bundled name.
local function locate(name)
  local kind = host.kind(name)
  local path = kind and kind ~= "folder" and name or path_of(name)
  if not path then
    missing(name)
  end
  return { name = name, path = path, dir = up(path) }
end

return { names = names, locate = locate, path_of = path_of, is_file = is_file }
