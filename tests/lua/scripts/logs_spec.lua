-- logs: what programs log; and what is grouped by it, or by the trace that it is of.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local annotations = program.recording "annotations"
local faults = program.recording "faults"
local old = program.root .. "testdata/real/go1.21-annotations.trace"

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local function refused(...)
  local r = program.run { ... }
  assert.equal(2, r.status)
  return r.err:match "^gotrace%-lua: ([^\n]*)"
end

local function objects(...)
  local list = {}
  for line in prints("-F", "json", ...):gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

describe("logs", function()
  it("lists all, as the trace has them", function()
    for _, trace in ipairs { annotations, faults, old } do
      assert.equal(prints("-F", "csv", "-f", 'type == "UserLog"', "-p", "time,g,task_name or '',key,value", trace)
        :gsub("^[^\n]*\n", ""), (prints("-F", "csv", "logs", trace):gsub("^[^\n]*\n", "")))
    end
  end)

  it("chooses by regular expressions", function()
    local want = prints("-F", "csv", "-f", 'type == "UserLog" and key == "number"', "-p", "value", annotations)
    local n = select(2, want:gsub("\n", "")) - 1
    assert.is_true(n > 1)
    assert.equal(n, #objects("logs", "--key=^num", annotations))
    assert.equal(1, #objects("logs", "--key=^num", "--value=^1$", annotations))
    assert.equal(0, #objects("-q", "logs", "--key=^umb", annotations))
    assert.equal("1.000", ("%.3f"):format(objects("logs", "--value=^1$", "--key=number", annotations)[1].value))
  end)

  it("counts by whatever events have", function()
    for _, by in ipairs { "key", "value", "key, task_name", "func", "g", "trace" } do
      assert.equal(prints("-F", "csv", "-f", 'type == "UserLog"', "-a", "count() as logs by " .. by, annotations),
        prints("-F", "csv", "logs", "--by=" .. by, annotations))
    end
    assert.equal("key,logs\nstep,18\n", prints("-F", "csv", "logs", "--by=key", "--key=step", annotations))
  end)

  it("shows as many as --top says", function()
    assert.equal(2, #objects("logs", "--top=2", annotations))
    assert.equal(2, #objects("logs", "--top=2", "--by=key", annotations))
  end)

  it("shows times as cat does", function()
    assert.matches("\n0%.000123072 +1  order +number +0\n", prints("logs", annotations))
  end)

  it("refuses what is no field of events", function()
    assert.matches("^%-%-by 'keey': no field is called \"keey\" %(did you mean \"key\"%?%)",
      refused("logs", "--by=keey", annotations))
    assert.matches('^%-%-key: "%(" is not a regular expression', refused("logs", "--key=(", annotations))
  end)
end)

-- What tasks logged last under a key, how many there are that end and how long these took;
-- those that logged none are a group as any other.
local by_hand = [[
  local began, said, own, n, ns = {}, {}, {}, {}, {}
  function on.UserTaskBegin(ev) began[ev.task], said[ev.task] = ev.time, {} end
  function on.UserLog(ev) if said[ev.task] then said[ev.task][ev.key] = ev.value end end
  function on.UserTaskEnd(ev)
    local value = began[ev.task] and (said[ev.task].number or "nil")
    if value then
      n[value], ns[value] = (n[value] or 0) + 1, (ns[value] or 0) + ev.time - began[ev.task]
      began[ev.task] = nil
    end
  end
  function on.finish()
    local list = {}
    for value in pairs(n) do list[#list + 1] = ("%s %d %d"):format(value, n[value], ns[value]) end
    table.sort(list)
    print(table.concat(list, "\n"))
  end]]

describe("log:KEY", function()
  it("groups tasks by what they logged last", function()
    for _, trace in ipairs { annotations, old } do
      local list = {}
      for _, o in ipairs(objects("tasks", "--by=log:number", trace)) do
        local value = o["log:number"] -- null: it has none
        list[#list + 1] = ("%s %d %d"):format(value == dkjson.null and "nil" or value or "nil", o.complete, o.total)
      end
      table.sort(list)
      assert.is_true(#list > 1)
      assert.equal(prints("-e", by_hand, trace), table.concat(list, "\n") .. "\n")
    end
  end)

  it("groups goroutines by what they logged last", function()
    local last = {}
    for line in prints("-f", 'type == "UserLog" and key == "step"', "-p", "g,value", annotations):gmatch "[^\n]+" do
      local g, value = line:match "^(%d+)\t(.*)$"
      last[tonumber(g)] = value
    end
    local n, exec = {}, {}
    for _, g in ipairs(objects("goroutines", "--by=id", "--system", annotations)) do
      local value = last[g.id] or "none"
      n[value], exec[value] = (n[value] or 0) + 1, (exec[value] or 0) + g.exec
    end
    local rows = 0
    for _, row in ipairs(objects("goroutines", "--by=log:step", "--system", annotations)) do
      if row.table == "goroutines" then
        local value = row["log:step"] or "none"
        assert.equal(n[value], row.n)
        assert.equal(exec[value], row.exec)
        rows = rows + 1
      end
    end
    assert.is_true(rows > 0)
  end)

  it("is a key of all spans, of their tasks", function()
    local waits = objects("blocks", "--by=log:number, reason", annotations)
    assert.same({ nil, "sleep" }, { waits[1]["log:number"], waits[1].reason })
    assert.equal("string", type(waits[2]["log:number"]))
    assert.equal(prints("-F", "json", "-f", 'kind == "task"', "-a", 'count() by log("number")', annotations)
      :gsub('log%(\\"number\\"%)', "log:number"),
      (prints("-F", "json", "-f", 'kind == "task"', "-a", "count() by log:number", annotations)))
  end)

  it("may be of several words, or in quotes", function()
    local trace = program.build((program.read(program.root .. "tests/support/small.yaml")
      :gsub('"note"', '"user id"'):gsub('"a \\"b\\"\\n"', '"ann"')))
    assert.equal("ann", objects("tasks", "--by=log:user id", trace)[1]["log:user id"])
    assert.equal("ann", objects("tasks", '--by=log:"user id" as user', trace)[1].user)
    local n = {}
    for _, row in ipairs(objects("goroutines", "--by=log:user id", "--system", trace)) do
      n[row["log:user id"] or "none"] = row.table == "goroutines" and row.n or n[row["log:user id"] or "none"]
    end
    assert.same({ ann = 1, none = 2 }, n)
    local rows = objects("tasks", "--by=log:nothing", trace) -- one row: no task is lost
    assert.equal(1, #rows)
    assert.is_nil(rows[1]["log:nothing"])
  end)
end)

-- These two ask for objects: what -f leaves of their spans chooses them.
describe("-f before a script", function()
  it("chooses goroutines", function()
    local all = objects("goroutines", "--by=id", annotations)
    local some = objects("-f", 'func == "main.main"', "goroutines", "--by=id", annotations)
    assert.is_true(#all > 1)
    assert.equal(1, #some)
    assert.equal("main.main", some[1].name)
    for _, g in ipairs(all) do
      assert.is_true(g.id ~= some[1].id or g.exec == some[1].exec)
    end
  end)

  it("chooses collections", function()
    local gc = program.recording "gc"
    local function cycles(...)
      local list = {}
      for _, row in ipairs(objects(...)) do
        list[#list + 1] = row.table == "cycles" and row or nil
      end
      return list
    end
    local all, long = cycles("gc", gc), {}
    for _, row in ipairs(all) do
      long[#long + 1] = row.mark > 6e5 and row or nil
    end
    assert.is_true(#long > 0 and #long < #all)
    assert.same(long, cycles("-f", "dur > 600us", "gc", gc))
    assert.same({ all[3] }, cycles("--from=7ms", "--to=10ms", "gc", gc))
  end)
end)

describe("--by trace", function()
  local first, second = annotations, old

  for _, name in ipairs { "blocks", "sched", "syscalls", "stw", "regions", "tasks", "goroutines" } do
    it("has a row for each trace in " .. name, function()
      local function row_of(list, trace)
        for _, row in ipairs(list) do
          if row.trace == trace and (not row.table or row.table == name) then
            row.trace = nil
            return row
          end
        end
      end
      -- One of them has no syscalls but the tracer's.
      local all = name == "syscalls" and { name, "--system" } or { name }
      table.insert(all, 1, "-q")
      table.insert(all, "--by=trace")
      local function rows(...)
        local words = { unpack(all) }
        for _, trace in ipairs { ... } do
          words[#words + 1] = trace
        end
        return objects(unpack(words))
      end
      local both = rows(first, second)
      local found = 0
      for _, trace in ipairs { first, second } do
        local alone = rows(trace)
        local row = row_of(both, trace)
        assert.same(row_of(alone, trace), row)
        found = found + (row and 1 or 0)
      end
      assert.is_true(found >= 1)
    end)
  end

  it("may stand beside other keys, and in expressions", function()
    local rows = objects("blocks", "--by=trace, reason", "--top=0", first, second)
    assert.equal(#objects("blocks", "--by=reason", "--top=0", first) + #objects("blocks", "--by=reason", "--top=0",
      second), #rows)
    assert.equal(first, objects("-a", "count() by trace", first)[1].trace)
    assert.equal(("%s\n"):format(first), prints("-f", 'key == "long"', "-p", "trace.file", first))
    assert.equal("-f 'trace == \"a\"': trace is the trace that is read: compare trace.file",
      refused("-f", 'trace == "a"', first))
  end)
end)
