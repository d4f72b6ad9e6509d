-- site.lua: how often something happened, how long it took, and the longest time that it
-- did. Spans do not last, so that what is told of the longest is kept here.
local Site = {}
Site.__index = Site

-- new(): a site where nothing has happened yet.
local function new()
  return setmetatable({ count = 0, total = 0, longest = 0 }, Site)
end

local function keep(site, s)
  site.longest, site.g, site.from, site.to = s.dur, s.g, s.from, s.to
  site.func, site.stack, site.name = s.func, s.stack, s.name
end

-- add(s): a span of it. Of equally long ones the first is kept.
function Site:add(s)
  local dur = s.dur
  self.count, self.total = self.count + 1, self.total + dur
  if dur > self.longest or self.count == 1 then
    keep(self, s)
  end
end

-- add_sum(sum): many spans of it. Of equally long ones the first is kept.
function Site:add_sum(sum)
  local s, is_first = sum.longest, self.count == 0
  self.count, self.total = self.count + sum.count, self.total + sum.total
  local is_longer = s.dur > self.longest or
    s.dur == self.longest and self.order and sum.order < self.order
  if is_first or is_longer then
    keep(self, s)
    self.order = sum.order
  end
end

-- Of equally long ones it is the earlier, whatever the order in which sites come.
local function is_longer(a, b)
  if a.longest ~= b.longest or not b.from then
    return a.longest > b.longest or not b.from
  elseif a.from ~= b.from then
    return a.from < b.from
  end
  return a.g < b.g
end

-- merge(other): what another site saw of the same, of spans of goroutines.
function Site:merge(other)
  self.count, self.total = self.count + other.count, self.total + other.total
  if is_longer(other, self) then
    for _, name in ipairs {
      "longest", "g", "from", "to", "func", "stack", "name",
    } do
      self[name] = other[name]
    end
  end
end

-- Sites by a key that is made as it is asked for.
local by_key = {
  __index = function(sites, key)
    sites[key] = new()
    return sites[key]
  end,
}

-- sites(): a table of sites by whatever key.
local function sites()
  return setmetatable({}, by_key)
end

-- sorted(sites, field): { key =, site = }, those with most first; equal ones by key.
local function sorted(all, field)
  local list = {}
  for key, site in pairs(all) do
    list[#list + 1] = { key = key, site = site }
  end
  table.sort(list, function(a, b)
    if a.site[field] ~= b.site[field] then
      return a.site[field] > b.site[field]
    end
    return a.key < b.key
  end)
  return list
end

return { new = new, sites = sites, sorted = sorted }
