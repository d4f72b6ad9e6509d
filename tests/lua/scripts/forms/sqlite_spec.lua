-- CSV of the bundled answers goes into sqlite3 without a complaint, and has there the rows
-- that the same answer has as JSON.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local answers = { "blocks", "goroutines", "sched", "syscalls", "stw", "regions", "tasks", "wakers", "leaks", "gc",
  "procs", "heap", "logs", "runnable", "count_gocreate", "created_by", "events", "slow_tasks", "task", "critical_path" }
local recordings = {}
do
  local list = io.popen("ls " .. program.root .. "testdata/real/*.trace")
  for path in list:lines() do
    recordings[#recordings + 1] = path
  end
  list:close()
end

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  return r.out
end

-- The tables of a text: an empty line that is in no cell comes between them.
local function tables_of(csv)
  local list = {}
  local cells = {}
  local bare = csv:gsub('"[^"]*"', function(cell)
    cells[#cells + 1] = cell
    return "\1"
  end)
  local at = 0
  for text in (bare .. "\n"):gmatch "(.-\n)\n" do
    list[#list + 1] = text:gsub("\1", function()
      at = at + 1
      return cells[at]
    end)
  end
  return list
end

-- What sqlite3 says of a statement about a table that is imported from a text.
local function ask(csv, statement)
  local path, out = program.tmpfile(csv), program.tmpname()
  local commands = program.tmpfile((".mode csv\n.import '%s' t\n%s\n"):format(path, statement))
  local status = os.execute(("sqlite3 -batch :memory: < '%s' > '%s' 2>&1"):format(commands, out))
  assert(status == 0 or status == true, program.read(out))
  return (program.read(out):gsub("\r", ""))
end

-- The cells of a line of CSV, from `at` on, and where the next line begins.
local function cells_at(csv, at)
  local cells, sign = {}
  repeat
    local cell, behind = csv:match('^"(.-)"()[,\n]', at)
    while cell and select(2, cell:gsub('"', "")) % 2 == 1 do -- a quote in it is two
      local more
      more, behind = csv:match('^(.-)"()[,\n]', behind)
      cell = cell .. '"' .. more
    end
    if not cell then
      cell, behind = csv:match("^([^,\n]*)()[,\n]", at)
    end
    cells[#cells + 1], sign, at = cell, csv:sub(behind, behind), behind + 1
  until sign == "\n"
  return cells, at
end

-- The rows of a table: cells by the heading of their column.
local function rows_in(csv)
  local heads, at = cells_at(csv, 1)
  local rows = {}
  while at <= #csv do
    local cells
    cells, at = cells_at(csv, at)
    local row = {}
    for i, head in ipairs(heads) do
      row[head] = cells[i]
    end
    rows[#rows + 1] = row
  end
  return rows
end

-- How many objects of a table there are as JSON, by the table's number.
local function rows_of(json)
  local rows, number = {}, {}
  for line in json:gmatch "[^\n]+" do
    local name = dkjson.decode(line).table or ""
    if not number[name] then
      rows[#rows + 1] = 0
      number[name] = #rows
    end
    rows[number[name]] = rows[number[name]] + 1
  end
  return rows
end

local function with(a, b)
  local all = { unpack(a) }
  for _, item in ipairs(b) do
    all[#all + 1] = item
  end
  return all
end

describe("CSV of", function()
  for _, name in ipairs(answers) do
    if io.open(program.root .. "scripts/" .. name .. ".lua") then
      it(name .. " is loaded by sqlite3, row for row", function()
        local list = tables_of(prints("-F", "csv", name, unpack(recordings)))
        local want, have = rows_of(prints("-F", "json", name, unpack(recordings))), {}
        for i, csv in ipairs(list) do
          have[i] = tonumber(ask(csv, "select count(*) from t;"))
        end
        assert.same(want, have)
      end)
    end
  end

  local more = { "critical_path --slowest=3", "goroutines --by=func", "wakers --by=func", "procs --by=trace,p",
    "overview --by=trace", "goroutines --of=exec,block",
    "runnable --by=func", "leaks --by=func", "leaks --by=reason", "gc --by=func",
    "heap --by=func" }
  for _, name in ipairs(with(answers, more)) do
    it(name .. " has each figure that JSON has, in its row and column", function()
      local words, rows, n = { "-F", "csv" }, {}, 0
      for word in name:gmatch "%S+" do
        words[#words + 1] = word
      end
      for _, path in ipairs(recordings) do
        words[#words + 1] = path
      end
      for _, csv in ipairs(tables_of(prints(unpack(words)))) do
        for _, row in ipairs(rows_in(csv)) do
          rows[#rows + 1] = row
        end
      end
      words[2] = "json"
      for line in prints(unpack(words)):gmatch "[^\n]+" do
        n = n + 1
        for column, value in pairs(dkjson.decode(line)) do
          if type(value) == "number" then
            assert.equal(value, tonumber(rows[n][column]), line)
          end
        end
      end
      assert.equal(#rows, n)
    end)
  end

  it("blocks adds up there to what JSON says", function()
    local total = 0
    for line in prints("-F", "json", "blocks", "--top=0", program.recording "faults"):gmatch "[^\n]+" do
      total = total + dkjson.decode(line).total
    end
    local csv = tables_of(prints("-F", "csv", "blocks", "--top=0", program.recording "faults"))[1]
    assert.is_true(total > 0)
    assert.equal(("%.0f\n"):format(total), ask(csv, "select sum(total) from t;"))
  end)
end)
