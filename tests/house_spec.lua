-- The rules of the house: what may include what, what the engine may call, how
-- files look. docs/design.md has the reasons.
local lfs = require "lfs"

local root = debug.getinfo(1, "S").source:match "^@(.*)tests/house_spec%.lua$"

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
      none(forbidden("", "^yaml%.h", "^src/cli/yaml_"))
    end)

    it("nothing of traces in base", function()
      for _, folder in ipairs { "wire", "model", "script", "cli" } do
        none(forbidden("^src/base/", "^" .. folder .. "/"))
      end
      none(forbidden("^src/base/", "^gotrace%.h"))
    end)

    it("no meaning in wire, but for the event table", function()
      none(forbidden("^src/wire/", "^script/"))
      none(forbidden("^src/wire/", "^cli/"))
      none(in_lines(files("src/wire", "%.[ch]$"), function(text)
        local included = text:match '^%s*#%s*include%s+"(model/[^"]+)"'
        return included and not included:find "^model/event%.[dh]" and "includes " .. included or nil
      end))
    end)

    it("no traces in symbols", function()
      for _, folder in ipairs { "model", "script", "cli" } do
        none(forbidden("^src/symbols/", "^" .. folder .. "/"))
      end
      none(forbidden("^src/symbols/", "^gotrace%.h"))
    end)

    it("no script and no program in model", function()
      none(forbidden("^src/model/", "^script/"))
      none(forbidden("^src/model/", "^cli/"))
    end)
  end)

  it("prints and exits in the program only", function()
    local calls = { "printf", "puts", "putchar", "perror", "exit", "_exit", "abort" }
    none(in_lines(sources, function(text, path)
      local plain = code(text)
      if path:find "^src/script/" or path:find "^src/cli/" then
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

  -- What is not taken from there is in no budget. embed runs while the program is
  -- built.
  it("takes memory from base/mem only", function()
    local calls = {
      "malloc", "calloc", "realloc", "reallocarray", "free", "aligned_alloc", "posix_memalign", "memalign", "valloc",
      "strdup", "strndup", "asprintf", "vasprintf", "getline", "getdelim", "open_memstream", "scandir", "alloca",
    }
    local free = { ["src/base/mem.c"] = true, ["src/script/embed.c"] = true }
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
      if not text:find "\n#ifndef (GOTRACE_[%w_]*_?H)\n#define %1\n" then
        wrong[#wrong + 1] = path .. ": has no guard GOTRACE_..._H"
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
        if not (name:find "^[%l%d][%l%d_]*$" or name == "README") or vague[name] then
          wrong[#wrong + 1] = path
        end
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
        SECURITY.md CMakeLists.txt CMakePresets.json dev docs src lua scripts tests testdata build]]):gmatch "%S+" do
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
