-- critical_path.lua: what the end of a task waited for, in order: each instant once, with
-- the goroutine that the walk of `task` was with. Of a goroutine: what it did, and while
-- it waited what whoever ended the wait did; that reads the trace twice: a file, no pipe.
--
--   $ gotrace-lua critical_path testdata/real/go1.27-faults.trace
--   task 8 request of testdata/real/go1.27-faults.trace
--      from  goroutine     state         waker                 dur  place
--   5300096  G1 main.main  Running                           111us  main.sl...sts:51
--   5411136  G1 main.main  chan receive  main.an...stions  4.213ms  main.se...est:68
--   9624064  G1 main.main  Runnable      main.an...stions  155.5us  main.se...est:68
--   9779584  G1 main.main  Running                         6.272us  main.se...est:68
--   $ gotrace-lua critical_path --goroutine=1 --top=3 testdata/real/go1.27-faults.trace
--   G1 main.main of testdata/real/go1.27-faults.trace
--       from  goroutine            state     waker          dur  place
--   10257152  G23 main...uestions  sleep     -          4.193ms  main.loo...lowly:81
--   51185600  G40 main...er.func1  Runnable  main.main   36.5ms  main.tog...func1:79
--   87689536  G40 main...er.func1  Running              12.02ms  main.tog...func1:79
--   ... and 140 more: 47.2ms
description = "What a task or goroutine did and waited for, in order"
args = {
  { name = "task", type = "int", help = "the task with this number" },
  { name = "slowest", type = "int", default = 1,
    help = "without --task: the N slowest tasks; 0: all" },
  { name = "name", help = "of tasks with this name" },
  { name = "goroutine", short = "G", type = "int",
    help = "the goroutine with this number" },
  { name = "top", short = "t", type = "int", default = 30,
    default_data = 0, help = "the N longest parts, in their order; 0: all" },
}

local paths = require "walk.path"
local walked = require "walk.slowest"
local waits = require "walk.waits"

local path = paths.new(not opt.goroutine)

local function look_at_goroutine()
  local of = waits.new(opt.goroutine)

  function scan.state(s)
    of:learn(s)
  end

  function scan.goroutine(s)
    of:life(s)
  end

  function scan.finish()
    of:plan()
  end

  function on.state(s)
    of:state(s)
  end

  function on.finish(t)
    if not of.lives[1] then
      fail("%s: there is no goroutine %d", t.file, opt.goroutine)
    end
    local title = tostring(trace.goroutine(opt.goroutine))
    path:print { parts = of:sorted(), most = opt.top, title = title, of = t }
  end
end

local function look_at_tasks()
  local slowest = walked.new { id = opt.task, most = opt.slowest,
    name = opt.name }
  slowest:hook(on)

  function on.finish(t)
    if opt.task and not slowest.list[1] then
      fail("%s: there is no task %d", t.file, opt.task)
    end
    for _, found in ipairs(slowest:ranked()) do
      path:print { parts = walked.parts(found), most = opt.top, of = t,
        title = ("task %.0f %s"):format(found.id, found.name),
        task = found.id }
    end
  end
end

if opt.goroutine then
  look_at_goroutine()
else
  look_at_tasks()
end
