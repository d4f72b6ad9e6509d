-- life.lua: what must hold of the spans of any whole trace; prints what does not.
--   A goroutine's states follow each other without a gap, each says what comes before
--   and behind it, and together they are its life. So do a proc's.
--   Spans come behind the event that ends them; inner ones first.
local last, sums, life = {}, {}, {}

local function wrong(s, what)
  print(what .. ": " .. tostring(s))
end

local function follow(s, key)
  local before = last[key]
  if before and before.to ~= s.from then
    wrong(s, "a gap")
  elseif before and (before.next ~= s.state or s.prev ~= before.state) then
    wrong(s, "not what comes next")
  elseif not before and s.open ~= "begin" and s.open ~= "both" and s.prev ~= "NotExist" then
    wrong(s, "comes from nowhere")
  end
  last[key] = s.next ~= "NotExist" and s:copy() or nil
end

function on.state(s)
  follow(s, "g" .. s.g)
  sums[s.g] = (sums[s.g] or 0) + s.dur
end

function on.proc(s)
  follow(s, "p" .. s.p)
end

function on.goroutine(s)
  life[s.g] = (life[s.g] or 0) + s.dur
end

local at = 0

function on.any(ev)
  at = ev.time
end

function on.anyspan(s)
  if s.dur <= 0 then
    wrong(s, "lasts no time")
  elseif s.end_n and math.abs(s.to - at) > 2 then -- a GoSwitch is three events, 1 ns apart
    wrong(s, "comes late")
  elseif s.end_n and s.begin_n and s.begin_n > s.end_n then
    wrong(s, "ends before it begins")
  elseif not s.end_n and s.open ~= "end" and s.open ~= "both" then
    wrong(s, "has no end")
  elseif s.kind == "region" and (s.self < 0 or s.self > s.dur) then
    wrong(s, "self")
  end
end

function on.finish()
  for g, ns in pairs(life) do
    if sums[g] ~= ns then
      print(("goroutine %d lives %d ns and does something for %s"):format(g, ns, tostring(sums[g])))
    end
  end
  for g in pairs(sums) do
    if not life[g] then
      print(("goroutine %d has states and no life"):format(g))
    end
  end
end
