-- What `sqlite` has of goroutines is what Go's Summarizer says of them, to the ns.
local dkjson = require "dkjson"
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

-- Go's word for each column.
local figures = { exec_ns = "exec", sched_wait_ns = "wait", syscall_ns = "syscall",
  syscall_block_ns = "syscall-blocked", total_ns = "total" }

-- By goroutine and word, in ns.
local function of_go(path)
  local summary, by = scratch .. "/summary", {}
  assert(go:summary(path, summary))
  for g, word, ns in programs.read(summary):gmatch "goroutine (%d+) (%S+)\t(%d+)ns\n" do
    by[tonumber(g)] = by[tonumber(g)] or {}
    by[tonumber(g)][word] = tonumber(ns)
  end
  return by
end

local function rows_of(path)
  local db, out = scratch .. "/trace.db", scratch .. "/rows"
  local status, text = programs.run({ "-o", db, "sqlite", path }, true)
  assert(status == 0 and programs.unexpected(text) == "", text)
  local command = ("sqlite3 -json %s 'SELECT * FROM goroutine_stats' >%s"):format(db, out)
  assert(os.execute(command) == 0)
  return dkjson.decode(programs.read(out))
end

-- Where two Ps' events have equal ticks Go's reader of v1 chooses by chance.
local function differences(path, rows, theirs)
  local slack, list = programs.version(path) < 22 and 20 or 0, {}
  for _, row in ipairs(rows) do
    for column, word in pairs(figures) do
      local want = (theirs[row.g] or {})[word] or 0
      if math.abs(want - row[column]) > slack then
        list[#list + 1] = ("goroutine %d, %s: Go %d, ours %d"):format(row.g, word, want, row[column])
      end
    end
  end
  return #list > 0 and table.concat(list, "\n") or nil
end

describe("sqlite has Go's figures of goroutines, of", function()
  local compared = 0

  for _, path in ipairs(programs.recordings()) do
    if programs.version(path) >= 11 then
      check(programs.name_of(path), function()
        local theirs, rows = of_go(path), rows_of(path)
        assert.is_nil(differences(path, rows, theirs))
        for _, row in ipairs(rows) do
          compared = compared + ((theirs[row.g] or {}).total and 1 or 0)
          theirs[row.g] = nil
        end
        assert.is_nil(next(theirs), "goroutines that are in no row")
      end)
    end
  end

  check("many", function()
    assert.is_true(compared > 1000, compared)
  end)
end)
