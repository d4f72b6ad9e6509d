-- tables.lua: the tables of goroutines.lua: what goroutines did, by what they are grouped by.
local new = {}

-- The words of a goroutine's stats that are numbers.
new.words = { "total", "exec", "sched_wait", "block", "syscall",
  "syscall_block", "gc_assist", "sweep", "unknown" }

local has_column = { exec = true, sched_wait = true, block = true,
  syscall = true }

-- tables(key, top, of, first): add(key's value, stats), and add_sum(key's value, sum of
-- goroutines). top: rows to show. of: the words of which there is a table that says how the
-- goroutines of a row differ. first: the word whose column says what comes first; nil: total.
function new.tables(key, top, of, first)
  local by = columns { by = { key }, "sum total", "count n", "sum exec",
    "sum sched_wait", "sum block", "sum syscall" }
  by:ns():top(top):name "goroutines"
  if has_column[first] then
    by:sort(first)
  end
  by:when_empty("goroutines: none of the program's own is in the trace: " ..
    "--system has those of the runtime")
  local rest = columns { by = { key }, "sum syscall_block", "sum gc_assist",
    "sum sweep", "sum unknown" }
  rest:ns():top(top):optional():name "rest"
  local each = spread("n", key, "of")
  each:ns():top(top):optional():name "each"
  local reasons = sum("block", key, "reason")
  reasons:ns():top(top):optional():name "block by reason"

  local function add(value, s)
    by:add(value, s.total, 1, s.exec, s.sched_wait, s.block, s.syscall)
    if s.syscall_block + s.gc_assist + s.sweep + s.unknown > 0 then
      rest:add(value, s.syscall_block, s.gc_assist, s.sweep, s.unknown)
    end
    for _, word in ipairs(of) do
      each:add(value, word, s[word])
    end
    -- In any order: pairs would sort them for each goroutine.
    for reason, ns in next, s.block_by do
      reasons:add(value, reason, ns)
    end
  end

  local function add_sum(value, s)
    by:add_sums(value, s.total, s.total, s.exec, s.sched_wait, s.block,
      s.syscall)
    if s.syscall_block.total + s.gc_assist.total + s.sweep.total +
      s.unknown.total > 0 then
      rest:add_sums(value, s.syscall_block, s.gc_assist, s.sweep, s.unknown)
    end
    for _, word in ipairs(of) do
      each:add_sum(value, word, s[word])
    end
    for reason, figure in pairs(s.block_by) do
      reasons:add_sum(value, reason, figure)
    end
  end

  return add, add_sum
end

return new
