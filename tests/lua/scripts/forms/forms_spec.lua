-- Text, JSON and CSV of the bundled answers have the same rows with the same figures, on every
-- recording: each number of a row of JSON is in the line of text, as it is or as people read it.
local dkjson = require "dkjson"
local format = require "gotrace.printing.format"
local program = require "support.program"

teardown(program.clean)

-- Those that have the same columns in every form (slow_tasks puts two together in text), with
-- what shows all of their rows.
local answers = { "blocks --top=0", "goroutines --top=0 --of=total,exec", "sched --top=0",
  "syscalls --by=place --top=0", "stw --top=0",
  "regions --top=0", "tasks --top=0", "wakers --top=0", "leaks --top=0", "gc --by=name --top=0",
  "procs --top=0", "task --slowest=3 --top=0", "related -G1", "events", "heap",
  "wakers --by=func --top=0",
  "runnable --by=func --top=0", "logs --by=key,value --top=0", "overview --by=trace" }

local recordings = {}
do
  local list = io.popen("ls " .. program.root .. "testdata/real/*.trace")
  for path in list:lines() do
    recordings[#recordings + 1] = path
  end
  list:close()
end

local function prints(form, name)
  local words = { "--wide", "-F", form }
  for word in name:gmatch "%S+" do
    words[#words + 1] = word
  end
  for _, path in ipairs(recordings) do
    words[#words + 1] = path
  end
  local r = program.run(words)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- The tables of JSON, in their order: { keys = set of columns, rows }.
local function tables_of(json)
  local list, by = {}, {}
  for line in json:gmatch "[^\n]+" do
    local row = dkjson.decode(line)
    local name = row.table or ""
    row.table = nil
    if not by[name] then
      by[name] = { rows = {}, name = name }
      list[#list + 1] = by[name]
    end
    table.insert(by[name].rows, row)
  end
  return list
end

-- How text may show a number; a time of a step is in seconds.
local function is_shown(n, line)
  for _, text in ipairs { format.number(n), format.thousands(n), format.duration(n), format.bytes(n),
    ("%.4g"):format(n), format.number(n) .. "%" } do
    if line:find(text, 1, true) then
      return true
    end
  end
  return false
end

-- The block of lines that a table is: its head names all columns, and its rows follow.
local function block_of(text, t)
  for block in (text .. "\n"):gmatch "(.-)\n\n" do
    local head = block:match "^[^\n]*"
    local has_all = head ~= ""
    for column in pairs(t.rows[1]) do
      has_all = has_all and (" " .. head .. " "):find(" " .. column .. " ", 1, true) ~= nil
    end
    if has_all then
      local lines = {}
      for line in block:gmatch "[^\n]+" do
        lines[#lines + 1] = line
      end
      return lines
    end
  end
end

local clocks = { time = true }

describe("The forms have the same figures of", function()
  for _, name in ipairs(answers) do
    it(name, function()
      local text, seen = prints("text", name), 0
      for _, t in ipairs(tables_of(prints("json", name))) do
        local lines = block_of(text, t)
        assert.is_table(lines, t.name)
        assert.equal(#t.rows, #lines - 1)
        for i, row in ipairs(t.rows) do
          for column, value in pairs(row) do
            if type(value) == "number" and not clocks[column] then
              assert.is_true(is_shown(value, lines[i + 1]), column .. "=" .. value .. ": " .. lines[i + 1])
              seen = seen + 1
            end
          end
        end
      end
      assert.is_true(seen > 10, seen .. " figures")
    end)
  end
end)
