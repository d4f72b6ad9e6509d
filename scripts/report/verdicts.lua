-- verdicts.lua: what stands out, with what it means and what to do about it; and the
-- overview's figures.
local format = require "gotrace.format"
local overview = require "overview.page"
local places = require "overview.places"
local report = require "overview.report"

-- By the finding's id (overview/findings.lua): what to do, and which part of the page shows
-- it.
local advice = {
  damage = { "What was lost may be what mattered: figures are about the rest. "
    .. "Record again, and end the recording in order before the program " ..
    "exits.", "figures" },
  stw_long = { "All goroutines stood still. Long stops come from goroutines " ..
    "that are slow to reach a safe point (tight loops, long system calls " ..
    "of the collector's helpers) and from a machine that has no CPU to spare.",
    "heap" },
  sched_latency = { "Goroutines could run and had no P. Either all Ps were " ..
    "busy (GOMAXPROCS, or a CPU limit of the container, is below what the " ..
    "program wants), or bursts wake more at once than there are Ps.",
    "latency" },
  cpu_saturated = { "The program is bound by CPU: what helps is less work " ..
    "per request or more cores. A CPU profile says where the time goes.",
    "procs" },
  cpu_idle = { "CPU is not what limits it: look at what goroutines wait " ..
    "for, and whether there is enough work at once.", "stacks" },
  gc_share = { "Allocate less, or raise GOGC or GOMEMLIMIT if there is " ..
    "memory to spare. A heap profile (alloc_space) says who allocates.",
    "heap" },
  assist = { "Goroutines that allocate while the collector marks have to " ..
    "help it, and are slow meanwhile: the heap grows faster than the " ..
    "collector follows. Allocate less in hot paths, or raise GOGC.", "heap" },
  lock = { "Hold the lock for less, split it, or share less: the waker of " ..
    "these waits is who held it (the command groups by it).", "stacks" },
  chan_send = { "What receives is slower than what sends, and all senders " ..
    "wait for it: receive with more goroutines, or do less for each. A " ..
    "buffer helps against bursts only.", "stacks" },
  long_run = { "Others wait for its P meanwhile, and the collector's stops " ..
    "for it. Split the work, or yield where it goes on for long.", "procs" },
  syscall_blocked = { "Each call that blocks takes a thread. Slow disks and " ..
    "files that are no sockets are the usual reasons; buffer, or do it with " ..
    "few goroutines.", "stacks" },
  goroutines_grow = { "Something starts goroutines that do not end: look at " ..
    "who creates them, and at what they wait for.", "states" },
  wait_forever = { "They wait for what may never come: a channel without a " ..
    "sender, a lock that is not given back, a context that nobody cancels. " ..
    "If these are workers without work, all is well.", "stacks" },
  task_tail = { "Few are much slower than most. Compare what a slow one " ..
    "waited for with a usual one.", "tasks" },
  task_outlier = { "One is not like the others: the command says where its " ..
    "time went. A second recording says whether it is always the same one.",
    "tasks" },
}

local verdicts = { advice = advice }

-- findings(list): of overview/findings.lua, as a part of the page.
function verdicts.findings(list)
  local rows = {}
  for i, finding in ipairs(list) do
    local say = advice[finding.id] or {}
    rows[i] = { severity = finding.severity, claim = finding.claim,
      advice = say[1], where = say[2], command = finding.command,
      stack = places.list((finding.evidence or {}).stack) }
  end
  return { kind = "findings", id = "findings", title = "What stands out",
    rows = rows, empty = "Nothing stands out: no rule of the overview " ..
      "found anything in this trace." }
end

-- facts(t, seen, findings): what the overview says above its tables.
function verdicts.facts(t, seen, findings)
  return { kind = "facts", id = "figures", title = "Figures",
    rows = overview.facts(report.of(t, seen, findings)) }
end

-- about(t, seen): what stands at the top of the page.
function verdicts.about(t, seen)
  return { title = t.file, time = { seen.first, math.max(seen.last,
    seen.first + 1) }, about = ("Go %s, %s%s"):format(t.version,
    format.duration(seen.duration), seen.first > 0 and " from " ..
    format.duration(seen.first) .. " on" or "") }
end

return verdicts
