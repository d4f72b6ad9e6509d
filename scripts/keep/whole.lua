-- whole.lua: keep's usual way: some goroutines from their first event to their last, and
-- who is related to them.
local func = {} -- of each goroutine that is seen, "" while it is not known
local chosen = {}
for _, g in ipairs(opt.goroutine or {}) do
  chosen[g] = true
end
-- Only what is asked for: each goroutine has a table of its own in it.
local related = {}
for _, with in ipairs(opt.with) do
  related[with:match "^%a+"] = {}
end

local function relate(how, g, other)
  if g and other and related[how] then
    related[how][g] = related[how][g] or {}
    related[how][g][other] = true
  end
end

local function see(g, stack)
  if g and (func[g] or "") == "" then
    func[g] = stack.root.func
  end
end

local states = { GoStatus = true, GoStatusStack = true } -- their stack is the other's

-- Stacks are looked at only where --func asks what is in them: a pass that has but to know
-- which goroutines there are costs little more than the order.
local function see_name(ev)
  local g = states[ev.type] and ev.target_g or ev.g
  if g and (func[g] or "") == "" then
    see(g, ev.stack)
  end
end

local function see_alone(ev)
  local g = states[ev.type] and ev.target_g or ev.g
  if g and not func[g] then
    func[g] = ""
  end
end

scan.any = opt.func and see_name or see_alone

local function created(ev)
  if opt.func then
    see(ev.new_g, ev.type == "GoCreateSyscall" and ev.stack or ev.new_stack)
  elseif ev.new_g then -- an id may be too large to be one
    func[ev.new_g] = func[ev.new_g] or ""
  end
  relate("creators", ev.new_g, ev.g)
  relate("descendants", ev.g, ev.new_g)
end
scan.GoCreate, scan.GoCreateBlocked = created, created
scan.GoCreateSyscall = created

if related.wakers then
  function scan.GoUnblock(ev)
    relate("wakers", ev.target_g, ev.g)
  end
end

local function work(ev)
  local region = ev.type == "UserRegionBegin" and ev.name or 0
  if ev.g and (ev.task == (opt.task or -1) or region == opt.region) then
    chosen[ev.g] = true
  end
end
scan.UserTaskBegin, scan.UserRegionBegin = work, work

local log = require("keep.log").wanted(opt.log)

function scan.UserLog(ev)
  work(ev)
  if ev.g and log(ev) then
    chosen[ev.g] = true
  end
end

-- Adds to `kept` what is related to the chosen ones, up to `steps` away.
local function add(kept, to, steps)
  local fresh = chosen
  while steps > 0 and next(fresh) do
    local found = {}
    for g in pairs(fresh) do
      for other in pairs(to[g] or {}) do
        found[other] = not kept[other] or nil
      end
    end
    for g in pairs(found) do
      kept[g] = true
    end
    fresh, steps = found, steps - 1
  end
end

function scan.finish(t)
  local kept = {}
  for g, name in pairs(func) do
    chosen[g] = chosen[g] or opt.func and opt.func:match(name) or nil
    kept[g] = chosen[g]
  end
  if not next(kept) then
    fail("no goroutine of %s is what --func, --goroutine, --task, " ..
      "--region or --log want", t.file)
  end
  for _, with in ipairs(opt.with) do
    local who, steps = with:match "^(%a+):?(%d*)$"
    add(kept, related[who], tonumber(steps) or math.huge)
  end
  for g in pairs(func) do
    if not kept[g] then
      t.hide(g)
    end
  end
end
