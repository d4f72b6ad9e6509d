-- Prints how much of the sources a run covered, and fails below 90 %:
--
--   luajit coverage_report.lua GCOV_TEXT LUA_DIR
--
-- GCOV_TEXT is what `gcov --stdout` printed for every object, LUA_DIR what
-- coverage.lua wrote. A source that was compiled into several objects counts
-- once; a line is covered if any of them ran it. Run from the top folder.
local util = require "jit.util"

local LEAST = 90

-- Each file: line -> whether it ran. Lines that hold no code are absent.

local function add(files, name, line, ran)
  local lines = files[name] or {}
  files[name] = lines
  lines[line] = lines[line] or ran
end

local function read_gcov(path)
  local files, name = {}, nil
  for text in io.lines(path) do
    local count, line, rest = text:match "^%s*([^:]+):%s*(%d+):(.*)$"
    if line == "0" and rest:find "^Source:" then
      name = rest:match ".*(src/.*)$"
    elseif line and line ~= "0" and count ~= "-" and name then
      add(files, name, tonumber(line), count:find "^%d" ~= nil)
    end
  end
  return files
end

-- The lines that a function and those within it have code for.
local function code_lines(fn, visit)
  local last = util.funcinfo(fn).bytecodes - 1
  for pc = 1, last do
    visit(util.funcinfo(fn, pc).currentline)
  end
  for n = -1, -math.huge, -1 do
    local constant = util.funck(fn, n)
    if constant == nil then
      break
    elseif type(constant) == "proto" then
      code_lines(constant, visit)
    end
  end
end

-- Lines of nothing but `end` and the like carry jumps and returns that a
-- reader does not see.
local function is_closing(text)
  return text:gsub("%f[%w]end%f[%W]", ""):gsub("%f[%w]else%f[%W]", ""):find "^[%s%p]*$" ~= nil
end

local function read_lines(path)
  local out = {}
  for line in io.lines(path) do
    out[#out + 1] = line
  end
  return out
end

local function read_lua(dir)
  local files = {}
  for path in io.popen("find lua -name '*.lua'"):lines() do
    local text = read_lines(path)
    code_lines(assert(loadfile(path)), function(line)
      if text[line] and not is_closing(text[line]) then
        add(files, path, line, false)
      end
    end)
  end
  for hit in io.popen(("cat '%s'/*"):format(dir)):lines() do
    local name, line = hit:match "^(.*):(%d+)$"
    line = tonumber(line)
    if files[name] and files[name][line] ~= nil then
      files[name][line] = true
    end
  end
  return files
end

-- "3-5 9" for the lines that did not run.
local function missed(lines)
  local numbers, out = {}, {}
  for line, ran in pairs(lines) do
    if not ran then
      numbers[#numbers + 1] = line
    end
  end
  table.sort(numbers)
  local from
  for i, line in ipairs(numbers) do
    from = from or line
    if numbers[i + 1] ~= line + 1 then
      out[#out + 1] = from == line and tostring(line) or from .. "-" .. line
      from = nil
    end
  end
  return table.concat(out, " ")
end

local function count(lines)
  local ran, all = 0, 0
  for _, hit in pairs(lines) do
    ran, all = ran + (hit and 1 or 0), all + 1
  end
  return ran, all
end

-- Prints a table of the files; returns the percentage of all.
local function report(title, files)
  local names, ran, all = {}, 0, 0
  for name in pairs(files) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local r, n = count(files[name])
    ran, all = ran + r, all + n
    print(("%5.1f %%  %-32s %5d of %5d  %s"):format(100 * r / n, name, r, n, missed(files[name])))
  end
  local percent = 100 * ran / math.max(all, 1)
  print(("%5.1f %%  %s, %d of %d lines\n"):format(percent, title, ran, all))
  return percent
end

local in_c = report("src", read_gcov(arg[1]))
local in_lua = report("lua", read_lua(arg[2]))
print(("line coverage: src %.1f %%, lua %.1f %%, wanted %d %%"):format(in_c, in_lua, LEAST))
os.exit(in_c >= LEAST and in_lua >= LEAST and 0 or 1)
