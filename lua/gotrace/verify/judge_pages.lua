-- judge_pages.lua: what `go tool trace` makes of states for its pages, as far as
-- it can panic at that: the slices of its proc view, which it draws before it
-- serves anything (Go 1.27 cmd/trace/procgen.go, gstate.go), and the procs by
-- which it counts mutator utilization (internal/trace/gc.go).
--
-- Not what it makes of labels, by which it finds the collector's workers: the
-- runtime gives some to the goroutine that ran before the worker, so that the
-- page panics at whole traces of many programs.
local Pages = {}
Pages.__index = Pages

-- For each proc up to the highest its view has a line, and GOMAXPROCS is memory.
local MOST_PROCS = 2 ^ 16

local executing = { Running = true, Syscall = true }

-- Slices. r.slice: the proc on which its slice is drawn; r.drawn: ranges, false
-- for one without a time to begin at.

local function stop(pages, r)
  if not r.slice then
    pages.judge:refuse(("goroutine %s stops, but began to run without a proc")
      :format(r.id))
  end
  for name, begun in pairs(r.drawn or {}) do
    if not begun then
      pages.judge:refuse(("%s of goroutine %s has no begin"):format(name, r.id))
    end
    r.drawn[name] = false
  end
  r.slice = nil
end

local function start(r, p)
  for name in pairs(r.drawn or {}) do
    r.drawn[name] = true
  end
  r.slice = p ~= -1 and p or nil
end

local function draw(pages, r, from, to, p)
  if from == "Running" and not executing[to] then
    stop(pages, r)
  elseif to == "Running" and not executing[from] then
    start(r, p)
  elseif to == "Syscall" and p ~= -1 then
    r.slice = r.slice or p
    pages.in_syscall[p] = r
  end
  if from == "Syscall" then
    pages.in_syscall[p] = nil
  end
end

-- Utilization

-- It does once it knows of a GOMAXPROCS.
local function counts(pages)
  return pages.procs and pages.procs > 0
end

local function check_proc(pages, p)
  if counts(pages) and (p < 0 or p >= pages.procs) then
    pages.judge:refuse("a collector's work on a proc beyond GOMAXPROCS",
      "proc " .. p, pages.procs .. " procs")
  end
end

local function count(pages, r, from, to, p)
  local change = not executing[from] ~= not executing[to]
  if change and r.assists then
    check_proc(pages, p)
  end
end

function Pages.new(judge)
  return setmetatable({ judge = judge, in_syscall = {} }, Pages)
end

function Pages:goroutine(r, from, to, p)
  count(self, r, from, to, p)
  draw(self, r, from, to, p)
end

function Pages:proc(r, from)
  if type(r.id) ~= "number" or r.id >= MOST_PROCS then
    self.judge:refuse("go tool trace lists all procs up to this",
      "proc " .. r.id)
  end
  local g = executing[from] and self.in_syscall[r.id]
  if g then
    stop(self, g)
    self.in_syscall[r.id] = nil
  end
end

function Pages:gomaxprocs(n)
  if n > MOST_PROCS then
    self.judge:refuse("GOMAXPROCS is beyond all sense", ("%.0f"):format(n))
  end
  self.procs = n
end

-- A range of goroutine r.
function Pages.begin(_, r, name)
  r.drawn = r.drawn or {}
  r.drawn[name] = r.slice ~= nil
end

function Pages.finish_range(_, r, name)
  if r.drawn then
    r.drawn[name] = nil
  end
end

function Pages:assist(r, on, p)
  check_proc(self, p)
  if counts(self) then
    r.assists = on
  end
end

function Pages:sweep(p)
  check_proc(self, p)
end

-- At the end all slices are drawn.
function Pages:finish(goroutines)
  for _, r in pairs(goroutines) do
    if r.slice then
      stop(self, r)
    end
  end
end

return Pages
