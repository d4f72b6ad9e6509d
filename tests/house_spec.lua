-- The rules of the house: what may include what, what the engine may call, how
-- files look. docs/design.md has the reasons.
-- Not under ASan: it reads sources, and runs nothing.
local house_of = require "support.house"
local lfs = require "lfs"

local root, houses, files, read_lines, room_of = house_of.root, house_of.houses, house_of.files,
  house_of.read_lines, house_of.room_of

-- Fails with the list of all that is wrong.
local function none(wrong)
  assert(#wrong == 0, "\n  " .. table.concat(wrong, "\n  "))
end

-- What is wrong in any line of the files: judge(text, path) says what, or nil.
local function in_lines(paths, judge)
  local wrong = {}
  for _, path in ipairs(paths) do
    for i, text in ipairs(read_lines(path)) do
      local what = judge(text, path)
      if what then
        wrong[#wrong + 1] = ("%s:%d: %s"):format(path, i, what)
      end
    end
  end
  return wrong
end

local sources = files("src", "%.[ch]$")
local headers = files("src", "%.h$")

-- All that is code of ours: of the two houses, the scripts and the tests.
local function all_code()
  local out = {}
  for _, dir in ipairs { "src", "lua", "scripts", "tests" } do
    for _, path in ipairs(files(dir, "%.%l+$")) do
      out[#out + 1] = house_of.is_code[path:match "%.(%l+)$"] and path or nil
    end
  end
  return out
end

-- What is not yet as it should be, each with what is to become of it. The lists
-- may only shrink: an entry that nothing needs any more is a failure.
local owed = {
  -- Imports that go up or to a neighbour.
  imports = {},
  -- Files that stand on each other; the first's import of the second goes.
  circles = {},
}

-- visit(path, room, floor, import): all imports of a house. Paths as in floors.
local function each_import(house, visit)
  for _, path in ipairs(files(house.root, house.pattern)) do
    local own = path:sub(#house.root + 2)
    local room, floor = room_of(house, own)
    for _, import in ipairs(house.imports(path)) do
      visit(own, room, floor, { path = import[1], line = import[2] })
    end
  end
end

-- file -> the files that it imports, as sets; a header and its .c are one.
local function graph_of(house)
  local graph = {}
  each_import(house, function(path, _, _, import)
    local from, to = path:gsub("%.%l+$", ""), import.path:gsub("%.%l+$", "")
    graph[from] = graph[from] or {}
    graph[from][to] = from ~= to or nil
  end)
  return graph
end

-- Whether imports lead from one file to another.
local function leads(graph, from, to, seen)
  seen = seen or {}
  seen[from] = true
  for next_file in pairs(graph[from] or {}) do
    if next_file == to or not seen[next_file] and leads(graph, next_file, to, seen) then
      return true
    end
  end
  return false
end

-- Takes the imports of a list out of the graph; those that were in it.
local function without(graph, list)
  local taken = {}
  for from, all in pairs(graph) do
    for to in pairs(all) do
      local entry = from .. " -> " .. to
      if list[entry] then
        taken[entry] = { from = from, to = to }
        all[to] = nil
      end
    end
  end
  return taken
end

-- Adds to wrong what stands in a list of owed things and is not needed there.
local function owed_no_more(list, needed, wrong)
  for entry in pairs(list) do
    if not needed[entry] then
      wrong[#wrong + 1] = entry .. ": is owed no more, take it off the list"
    end
  end
  return wrong
end

-- The includes that a rule forbids. A rule: { files it is about, header, files
-- that are free of it }.
local function forbidden(about, header, free)
  return in_lines(sources, function(text, path)
    local included = text:match '^%s*#%s*include%s+["<]([^">]+)[">]'
    if included and included:find(header) and path:find(about) and not (free and path:find(free)) then
      return "includes " .. included
    end
  end)
end

-- Code without what stands in comments of one line and in strings.
local function code(text)
  return (text:gsub('"[^"]*"', '""'):gsub("/%*.-%*/", ""):gsub("^%s*/?%*[ /].*", ""))
end

-- Reports the blocks longer than `most` lines: opening(text) returns a name
-- and the line that closes the block.
local function long_blocks(paths, most, opening)
  local wrong = {}
  for _, path in ipairs(paths) do
    local lines = read_lines(path)
    for i, text in ipairs(lines) do
      local name, closing = opening(text, lines[i - 1])
      for last = i, name and #lines or 0 do
        if lines[last] == closing then
          if last - i + 1 > most then
            wrong[#wrong + 1] = ("%s:%d: %s has %d lines"):format(path, i, name, last - i + 1)
          end
          break
        end
      end
    end
  end
  return wrong
end

describe("the house", function()
  describe("includes", function()
    it("lua.h only in src/script", function()
      none(forbidden("", "^lua.*%.h", "^src/script/"))
      none(forbidden("", "^lauxlib%.h", "^src/script/"))
    end)

    it("yaml.h only where YAML is read and written", function()
      none(forbidden("", "^yaml%.h$", "^src/yaml/"))
    end)

    it("nothing of v1 in v2, nor of v2 in v1", function()
      none(forbidden("^src/v1/", "^v2/"))
      none(forbidden("^src/v2/", "^v1/"))
    end)
  end)

  describe("imports", function()
    it("stand in rooms that have a floor", function()
      local wrong = {}
      for _, house in ipairs(houses) do
        for _, path in ipairs(files(house.root, "%.%l+$")) do
          if not room_of(house, path:sub(#house.root + 2)) then
            wrong[#wrong + 1] = path
          end
        end
      end
      none(wrong)
    end)

    it("go down", function()
      local wrong, needed = {}, {}
      for _, house in ipairs(houses) do
        each_import(house, function(path, room, floor, import)
          local target, below = room_of(house, import.path)
          local entry = path .. " -> " .. import.path
          if target and (target == room or below < floor) then
            return
          elseif owed.imports[entry] then
            needed[entry] = true
          else
            wrong[#wrong + 1] = ("%s/%s:%d: imports %s"):format(house.root, path, import.line, import.path)
          end
        end)
      end
      none(owed_no_more(owed.imports, needed, wrong))
    end)

    it("go in no circle", function()
      local wrong, needed = {}, {}
      for _, house in ipairs(houses) do
        local graph = graph_of(house)
        local set_aside = without(graph, owed.circles)
        for from in pairs(graph) do
          if leads(graph, from, from) then
            wrong[#wrong + 1] = from .. " is in a circle"
          end
        end
        for entry, ends in pairs(set_aside) do
          needed[entry] = leads(graph, ends.to, ends.from)
        end
      end
      none(owed_no_more(owed.circles, needed, wrong))
    end)
  end)

  it("are all in the tour of docs/design.md", function()
    local tour, wrong = table.concat(read_lines "docs/design.md", "\n"), {}
    for _, house in ipairs(houses) do
      for _, floor in ipairs(house.floors) do
        for _, room in ipairs(floor) do
          local path = house.root .. "/" .. room
          if not (tour:find("`" .. path .. "`", 1, true) or tour:find("`" .. room .. "`", 1, true)) then
            wrong[#wrong + 1] = path
          end
        end
      end
    end
    none(wrong)
  end)

  -- scripts is no room: each file there is a program of its own, and its name is what a
  -- user types.
  it("has no more than 16 files of code in a folder", function()
    local count, wrong = {}, {}
    for _, dir in ipairs { "src", "lua", "tests" } do
      for _, path in ipairs(files(dir, "%.%l+$")) do
        local folder, kind = path:match "^(.*)/[^/]*%.(%l+)$"
        if house_of.is_code[kind] then
          count[folder] = (count[folder] or 0) + 1
        end
      end
    end
    for folder, n in pairs(count) do
      if n > 16 then
        wrong[#wrong + 1] = ("%s has %d"):format(folder, n)
      end
    end
    none(wrong)
  end)

  it("runs first what takes long, by names of specs that are there", function()
    local wrong, n = {}, 0
    for spec in table.concat(read_lines "dev", "\n"):match("\nlong_specs=(%b())"):gmatch "tests/[%w_/]+%.lua" do
      n = n + 1
      wrong[#wrong + 1] = lfs.attributes(root .. spec, "mode") ~= "file" and spec or nil
    end
    assert.is_true(n > 5)
    none(wrong)
  end)

  -- The table says what an event is; what one does is a rule of the model, a step of the
  -- bridge, or the fast path's copy of a rule. Framing is no event.
  it("tells events apart by the table's columns", function()
    local rules = { ["src/sched/rules.c"] = true, ["src/sched/waiting/assume.c"] = true, ["src/sched/strict.c"] = true,
      ["src/write/models/bridge.c"] = true, ["src/v2/order/fast_path.c"] = true, ["src/event/event.c"] = true,
      ["src/write/fast/fast_path.c"] = true, ["src/write/fast/thread_run.c"] = true }
    local framing = { ["src/yaml/schema.c"] = true, ["src/v2/file/batch_read.c"] = true }
    none(in_lines(sources, function(text, path)
      return text:find "case Ev" and not rules[path] and not framing[path] and "lists types" or nil
    end))
  end)

  -- Behind the seal what a function requires is loaded without globals (engine/seal.lua).
  it("loads modules at the top of files, or lazily", function()
    local may = { ["lua/gotrace/engine/seal.lua"] = true, ["lua/gotrace/script/script.lua"] = true }
    none(in_lines(files("lua", "%.lua$"), function(text, path)
      local inside = text:match '^%s+.*%f[%w]require%s*%(?%s*"gotrace' or text:find "^%s+return require%("
      return inside and not may[path] and not text:find("base.lazy", 1, true)
        and "requires in a function: base/lazy" or nil
    end))
  end)

  it("prints and exits in the program only", function()
    local calls = { "printf", "puts", "putchar", "perror", "exit", "_exit", "abort" }
    none(in_lines(sources, function(text, path)
      local plain = code(text)
      if path:find "^src/script/" or path:find "^src/yaml/" or path == "src/main.c" then
        return nil
      elseif plain:find "%f[%w_]stderr%f[^%w_]" or plain:find "%f[%w_]stdout%f[^%w_]" then
        return "uses a standard stream"
      end
      for _, name in ipairs(calls) do
        if plain:find("%f[%w_]" .. name .. "%s*%(") then
          return "calls " .. name
        end
      end
    end))
  end)

  -- What is not taken from there is in no budget. Tools run while the program is
  -- built.
  it("takes memory from base/mem only", function()
    local calls = {
      "malloc", "calloc", "realloc", "reallocarray", "free", "aligned_alloc", "posix_memalign", "memalign", "valloc",
      "strdup", "strndup", "asprintf", "vasprintf", "getline", "getdelim", "open_memstream", "scandir", "alloca",
    }
    local free = { ["src/base/mem.c"] = true }
    for _, tool in ipairs { "embed", "bytecode", "filter" } do
      free["src/script/build/" .. tool .. ".c"] = true
    end
    none(in_lines(sources, function(text, path)
      local plain = not free[path] and code(text) or ""
      for _, name in ipairs(calls) do
        if plain:find("%f[%w_]" .. name .. "%s*%(") then
          return "calls " .. name
        end
      end
      if plain:find "realpath%(.*, *NULL *%)" then
        return "lets realpath allocate"
      end
    end))
  end)

  it("heads each header with its promise and a guard", function()
    local wrong = {}
    for _, path in ipairs(headers) do
      local text = table.concat(read_lines(path), "\n")
      local name = path:match "[^/]*$"
      if not text:find("^/%* " .. name:gsub("%p", "%%%0") .. ": ") then
        wrong[#wrong + 1] = path .. ": does not begin with `/* " .. name .. ": ...`"
      end
      local guard = path:match "^src/gotrace[%l_]*%.h$" and path:match("([^/]*)%.h$"):upper() .. "_H"
        or "GOTRACE_" .. path:match("^src/(.*)%.h$"):gsub("/", "_"):upper() .. "_H"
      if not text:find(("\n#ifndef %s\n#define %s\n"):format(guard, guard), 1, true) then
        wrong[#wrong + 1] = path .. ": has no guard " .. guard
      end
    end
    none(wrong)
  end)

  it("names files by what they are", function()
    local vague = { util = true, utils = true, helper = true, helpers = true, misc = true, common = true, stuff = true }
    local wrong = {}
    for _, dir in ipairs { "src", "lua", "scripts", "tests" } do
      for _, path in ipairs(files(dir, "%.%l+$")) do
        local name = path:match "([^/]*)%.%l+$"
        name = path:find "^scripts/recipes/" and name:gsub("-", "_") or name -- as -c has it
        if not (name:find "^[%l%d][%l%d_]*$" or name == "README") or vague[name] then
          wrong[#wrong + 1] = path
        end
      end
    end
    none(wrong)
  end)

  -- Words of ours that gave way to the field's, where those are nothing else besides.
  it("names things in the field's words", function()
    local gone = { scout = true, pump = true, slab = true, relay = true, lift = true, lifted = true, rush = true }
    none(in_lines(all_code(), function(text)
      for word in text:gmatch "%a+" do
        if gone[word] and not text:find "local gone" then
          return "says " .. word
        end
      end
    end))
  end)

  it("keeps files to 900 lines, and folders to a quarter of the house", function()
    local wrong, sum, all = {}, {}, {}
    for _, path in ipairs(all_code()) do
      local n, house, folder = #read_lines(path), path:match "^%l+", path:match "^(.*)/"
      wrong[#wrong + 1] = n > 900 and ("%s has %d lines"):format(path, n) or nil
      sum[folder], all[house] = (sum[folder] or 0) + n, (all[house] or 0) + n
    end
    for folder, n in pairs(sum) do
      if folder:find "/" and n > all[folder:match "^%l+"] / 4 then
        wrong[#wrong + 1] = ("%s has %d lines"):format(folder, n)
      end
    end
    none(wrong)
  end)

  it("keeps functions under 60 lines", function()
    none(long_blocks(files("src", "%.c$"), 60, function(text, before)
      if text == "{" then
        return (before or ""):match "([%w_]+)%(" or before or "?", "}"
      end
    end))
    local scripts = files("lua", "%.lua$")
    files("scripts", "%.lua$", scripts)
    none(long_blocks(scripts, 60, function(text)
      local indent, name = text:match "^(%s*)local function ([%w_.:]+)"
      if not indent then
        indent, name = text:match "^(%s*)function ([%w_.:]+)"
      end
      return name, indent and indent .. "end"
    end))
  end)

  it("holds nothing unexpected at its top", function()
    local known = {}
    for name in ([[. .. .git .gitignore .ci .busted .clang-format .clang-tidy .luacheckrc README.md LICENSE CHANGELOG.md
        SECURITY.md CMakeLists.txt CMakePresets.json
        debian dev docs library src lua scripts tests testdata build]]):gmatch "%S+" do
      known[name] = true
    end
    local wrong = {}
    for name in lfs.dir(root == "" and "." or root) do
      if not known[name] then
        wrong[#wrong + 1] = name
      end
    end
    none(wrong)
  end)
end)
