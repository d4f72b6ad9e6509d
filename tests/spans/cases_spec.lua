-- testdata/spans: traces in YAML with the spans that they must give, whatever a pipeline does to
-- what they are made of, and by every path.
--
--   expect:
--     exit: 3          if it is not 0
--     spans:           a line for each, in the order in which they come
--
-- CASES_UPDATE=1 writes what the program says now.
local lfs = require "lfs"
local program = require "support.program"

teardown(program.clean)

local folder = program.root .. "testdata/spans/"

local SHOW = [[
needs = "names"
local function side(ns, open) return (open and "-" or "") .. ("%d"):format(ns) end
function on.anyspan(s)
  local begins = s.open == "begin" or s.open == "both"
  local ends = s.open == "end" or s.open == "both"
  local words = { s.kind, s.name == "" and "-" or s.name, s.g and "g=" .. s.g or "p=" .. tostring(s.p) }
  words[#words + 1] = (begins and "?" or "") .. s.from .. ".." .. s.to .. (ends and "?" or "")
  for _, field in ipairs { "func", "reason", "prev", "next", "waker", "blocked", "self", "task" } do
    local value = s[field]
    if value ~= nil and value ~= "" and not (field == "task" and value == 0) then
      words[#words + 1] = field .. "=" .. tostring(value)
    end
  end
  print(table.concat(words, " "))
end]]

local function spans(path, env, ...)
  local words = { "-q", ... }
  words.env = env
  for _, word in ipairs { "-e", SHOW, path } do
    words[#words + 1] = word
  end
  local r = program.run(words)
  return r.out, r.status
end

local function expected(text)
  local lines = {}
  for line in text:match("\n  spans:\n(.-)\n%l"):gmatch "    %- '([^\n]*)'" do
    lines[#lines + 1] = line .. "\n"
  end
  return table.concat(lines), tonumber(text:match "\n  exit: (%d+)\n" or 0)
end

local function update(path, text, out)
  local lines = out:gsub("([^\n]*)\n", "    - '%1'\n")
  program.write(path, (text:gsub("(\n  spans:\n).-(\n?%f[%l]header)", function(head, behind)
    return head .. lines .. behind
  end)))
end

describe("Spans of", function()
  for name in lfs.dir(folder) do
    if name:find "%.yaml$" then
      it(name:gsub("%.yaml$", ""):gsub("-", " "), function()
        local text = program.read(folder .. name)
        local trace = program.build(text)
        local want, exit = expected(text)
        local out, status = spans(trace, "")
        if os.getenv "CASES_UPDATE" then
          update(folder .. name, text, out)
          want = out
        end
        assert.equal(exit, status)
        assert.equal(want, out)
        assert.equal(want, (spans(trace, "GOTRACE_PATHS=slow")))
        for _, first in ipairs { "function on.any() return false end", 'drop "*"',
          "function on.GoBlock(ev) ev.reason = 'mine' ev.stack = nil end" } do
          assert.equal(want, (spans(trace, "", "-e", first)))
        end
      end)
    end
  end
end)
