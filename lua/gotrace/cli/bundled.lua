-- bundled.lua: scripts by name and by path.
--
-- A path has a slash or ends in .lua; any other word is a name. What a name means does not
-- depend on what happens to lie in the current folder, as long as it is one of a script that
-- comes with the program (and is inside it): these come before the user's own, which are those
-- of the user's folder of scripts, and of the current folder. Only folders that are named in
-- the environment, in GOTRACE_SCRIPTS, come before them, and that is said. A name leads into
-- the current folder last of all, and not where scripts may do everything (--unsafe).
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local lazy = require("gotrace.base.lazy").of

local asked = lazy "gotrace.cli.asked"
local recipe = lazy "gotrace.cli.recipe"
local written = lazy "gotrace.manual.written"

local NAME = "([%w_-]+)%.lua$"

-- The folders of GOTRACE_SCRIPTS, between colons. An empty one is none, and not
-- the current folder.
local function named_folders()
  local list = {}
  for path in (os.getenv "GOTRACE_SCRIPTS" or ""):gmatch "[^:]+" do
    list[#list + 1] = path
  end
  return list
end

-- The user's folder of scripts, or nil. What is no absolute path counts as not set.
local function user_folder()
  local config = os.getenv "XDG_CONFIG_HOME" or ""
  if config:sub(1, 1) ~= "/" then
    local home = os.getenv "HOME" or ""
    config = home:sub(1, 1) == "/" and home .. "/.config"
  end
  return config and config .. "/gotrace-lua/scripts" or nil
end

local function is_readable(path)
  local kind = host.kind(path)
  return kind ~= nil and kind ~= "folder"
end

-- Adds the scripts of a folder, as far as their names are free; hidden gets the others.
-- Tests of scripts (NAME_test.lua) are none.
local function add_folder(sources, dir, from, hidden)
  for _, file in ipairs(host.list(dir) or {}) do
    local name, path = file:match("^" .. NAME), dir .. "/" .. file
    if name and not name:find "_test$" and host.kind(path) == "file" then
      local list = sources[name] and hidden or sources
      list[list == hidden and #hidden + 1 or name] = { name = name,
        path = path, dir = dir, from = from, is_own = true }
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
    if name and sources[name] then
      sources[name].hides_bundled = true
    elseif name then
      sources[name] = { name = name, text = host.file(file), chunk = file,
        module = embedded_module }
    end
  end
end

local found, hidden -- but for the current folder's
local here_is_left_out = false

-- leave_out_here(): names do not lead into the current folder from now on.
local function leave_out_here()
  here_is_left_out = true
end

-- The source of each script that has a name; the first one of a name counts.
local function by_name()
  if not found then
    found, hidden = {}, {}
    for _, dir in ipairs(named_folders()) do
      add_folder(found, dir, "GOTRACE_SCRIPTS", {})
    end
    add_embedded(found)
    local dir = user_folder()
    if dir then
      add_folder(found, dir, dir, hidden)
    end
  end
  return found
end

-- of_name(name): its source. Where a file or folder of this folder has the name itself, it
-- does not lead to NAME.lua in it: it is that, a trace perhaps.
local function of_name(name)
  local source = by_name()[name]
  local file = name .. ".lua"
  if source or here_is_left_out or not file:find("^" .. NAME) or
    host.kind(name) or host.kind(file) ~= "file" then
    return source
  end
  return { name = name, path = "./" .. file, dir = ".", from = "./",
    is_own = true }
end

-- The scripts of the current folder, in a table by name.
local function of_here()
  local here = {}
  if not here_is_left_out then
    add_folder(here, ".", "./", {})
  end
  return here
end

local function sorted(list, is_wanted)
  local names = {}
  for name, source in pairs(list) do
    names[#names + 1] = is_wanted(source) and name or nil
  end
  table.sort(names)
  return names
end

-- bundled_names(): those that come with the program, in alphabetical order.
local function bundled_names()
  return sorted(by_name(), function(source)
    return not source.is_own
  end)
end

-- own(): the user's scripts, by name, as a list of sources; and those whose names lead to
-- others.
local function own()
  local list, others = {}, { unpack(by_name() and hidden) }
  for _, name in ipairs(sorted(by_name(), function(source)
    return source.is_own
  end)) do
    list[#list + 1] = by_name()[name]
  end
  local here = of_here()
  for _, name in ipairs(sorted(here, function()
    return true
  end)) do
    local leads_there = not by_name()[name] and not host.kind(name)
    table.insert(leads_there and list or others, here[name])
  end
  return list, others
end

-- The names, without .lua, in alphabetical order.
local function names()
  local all = of_here()
  for name, source in pairs(by_name()) do
    all[name] = source
  end
  return sorted(all, function()
    return true
  end)
end

-- is_bundled(name): whether a script of that name comes with the program.
local function is_bundled(name)
  local source = by_name()[name]
  return source ~= nil and (not source.is_own or source.hides_bundled == true)
end

local function of_path(path)
  if is_readable(path) then
    return { name = path, path = path, dir = path:match "^(.*)/[^/]*$" or "." }
  end
end

-- find(word): the source of a script { name =, path = or text = and chunk = and
-- module(name), dir = if it is in one, is_own = whether the name is of the user's }; nil if
-- there is none.
local function find(word)
  if word:find("/", 1, true) then
    return of_path(word)
  elseif word:find "%.lua$" then
    return of_path(word) or by_name()[word:match("^" .. NAME)]
  end
  return of_name(word)
end

-- missing_name(word): the end of the run: no script has this name, and no file.
local function missing_name(word)
  for _, name in ipairs(recipe().names()) do
    if name == word then
      errors.usage("there is no script %s; it is a recipe: gotrace-lua -c %s",
        word, word)
    end
  end
  for _, page in ipairs(written()) do
    if page.name == word then
      errors.usage("there is no script %s; it is a page of the manual: " ..
        "gotrace-lua help %s", word, word)
    end
  end
  errors.usage("there is no script %s%s; gotrace-lua -l lists those that " ..
    "come with it", word, asked().script_hint(word:gsub("%.lua$", ""),
    names()))
end

local function missing(word)
  local address = host.kind(word) == nil and asked().address_hint(word)
  if address then
    errors.usage("there is no script %s: %s", word, address)
  elseif word:find("/", 1, true) then
    errors.usage("there is no script %s", word)
  elseif is_readable(word) then
    errors.usage("there is no script %s that comes with the program; the " ..
      "file is ./%s", word, word)
  elseif here_is_left_out and is_readable(word .. ".lua") then
    errors.usage("there is no script %s; with --unsafe a script of this " ..
      "folder is run by its path: ./%s.lua", word, word)
  end
  if word == "help" or word == "version" then
    errors.usage("there is no script %s; gotrace-lua --%s is an option", word,
      word)
  end
  missing_name(word)
end

-- locate(word): the same, and the end of the run if there is none.
local function locate(word)
  return find(word) or missing(word)
end

-- note(source): what to say of a script that takes the place of a bundled one; nil: it does not.
local function note(source)
  if source.hides_bundled then
    return ("%s is %s, by GOTRACE_SCRIPTS, and not the script that comes " ..
      "with the program"), source.name, source.path
  end
end

return { names = names, own = own, bundled_names = bundled_names,
  is_bundled = is_bundled, find = find, locate = locate, note = note,
  leave_out_here = leave_out_here }
