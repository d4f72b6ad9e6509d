-- house.lua: the rooms of the two houses, from the ground up, and what files import of each
-- other: for the spec that holds them to it (house_spec.lua), and for docs/rooms.md.
local lfs = require "lfs"

local root = debug.getinfo(1, "S").source:match "^@(.*)tests/support/house%.lua$"

local function read_lines(path)
  local out = {}
  for line in io.lines(root .. path) do
    out[#out + 1] = line
  end
  return out
end

-- The files in a folder and below whose paths match, sorted; paths from root.
local function files(dir, pattern, out)
  out = out or {}
  for name in lfs.dir(root .. dir) do
    local path = dir .. "/" .. name
    if lfs.attributes(root .. path, "mode") == "directory" then
      if not name:find "^%." then
        files(path, pattern, out)
      end
    elseif path:find(pattern) then
      out[#out + 1] = path
    end
  end
  table.sort(out)
  return out
end

-- What a file of C or Lua imports of ours: a list of { path, line }, with paths
-- as from src or lua/gotrace.

local function c_imports(path)
  local out = {}
  for i, text in ipairs(read_lines(path)) do
    local included = text:match '^%s*#%s*include%s+"([^"]+)"'
    out[#out + 1] = included and { included, i }
  end
  return out
end

local function lua_imports(path)
  local out = {}
  for i, text in ipairs(read_lines(path)) do
    local name = text:match '%f[%w]require%s*%(?%s*"gotrace%.([%w_.]+)"'
      or text:match '%f[%w]lazy%s*%(?%s*"gotrace%.([%w_.]+)"'
    if name and name ~= "engine.host" then -- which is C's
      out[#out + 1] = { name:gsub("%.", "/") .. ".lua", i }
    end
  end
  return out
end

-- The two houses, each with its floors from the ground up. A floor is one or
-- several rooms, which do not see each other; a room is a folder, or a file
-- that stands by itself. A file imports from its own room and from floors below.
local houses = {
  {
    root = "src",
    pattern = "%.[ch]$",
    imports = c_imports,
    floors = {
      { "gotrace.h" }, { "gotrace_lua.h" }, { "base" }, { "base/thread", "base/text" }, { "io/packed" }, { "io" },
      { "io/out", "symbols" }, { "event" }, { "sched" }, { "sched/waiting" }, { "read" },
      { "v1/file", "v2/file" }, { "v1/index", "v2/damage" }, { "v1/order", "v2/generation" },
      { "v2/cursor" }, { "v1", "v2/order" }, { "v2" }, { "spans" }, { "spans/sums" },
      { "write/emit" }, { "write/models" }, { "write" }, { "write/fast" }, { "export" }, { "export/sqlite" },
      { "api" }, { "script/process", "script/limits" }, { "yaml", "script" }, { "script/fetch" },
      { "script/build", "main.c" },
    },
  },
  {
    root = "lua/gotrace",
    pattern = "%.lua$",
    imports = lua_imports,
    floors = {
      { "base" }, { "engine", "syntax" }, { "event" }, { "span" }, { "measures" }, { "printing" }, { "tables" },
      { "sandbox" }, { "expression" },
      { "anonymize", "expect", "export", "export/page", "export/page/uplot", "screen" },
      { "export/profile", "export/sqlite" }, { "script" },
      { "synthesis", "fetch" }, { "output" }, { "trace" }, { "run" }, { "fleet", "verify" },
      { "authoring", "complete", "manual" }, { "cli" }, { "main.lua" },
    },
  },
}

-- The room of a path, and the number of its floor.
local function room_of(house, path)
  local folder = path:match "^(.*)/[^/]*$"
  for number, floor in ipairs(house.floors) do
    for _, room in ipairs(floor) do
      if room == folder or room == path then
        return room, number
      end
    end
  end
end

-- What a file of code ends in.
local is_code = { c = true, h = true, def = true, lua = true }

return { root = root, is_code = is_code, houses = houses, files = files,
  read_lines = read_lines, room_of = room_of }
