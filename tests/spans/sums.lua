-- sums.lua: ns of all spans by everything that they can be told apart by, and of regions by
-- themselves: what windows must add up to.
local sum, own = {}, {}

function on.anyspan(s)
  local key = table.concat({ s.kind, s.name, tostring(s.g), tostring(s.p), tostring(s.m), tostring(s.task),
    tostring(s.reason), tostring(s.func), tostring(s.region), tostring(s.waker) }, " ")
  sum[key] = (sum[key] or 0) + s.dur
  own[key] = (own[key] or 0) + (s.self or 0) + (s.blocked or 0)
end

function on.finish()
  for key, ns in pairs(sum) do
    print(("%s\t%d\t%d"):format(key, ns, own[key]))
  end
end
