-- series.lua: sums of spans that are followed while they grow: of each what is new since
-- the last look, and all of it. What has not ended counts as far as it has come.
local sums = require "gotrace.sums"

local series = {}

-- Figures of what is new, and of all.
local function figures()
  return { ended = 0, ns = 0, lasted = 0 }
end

local function put(of, sum)
  of.ended, of.ns = of.ended + sum.count, of.ns + sum.total
  of.lasted = of.lasted + sum.total
  of.longest = math.max(of.longest or 0, sum.max)
end

-- One of what is followed: open: ns of what goes on; before: the same as of the last look;
-- done: figures of what has ended.
local Series = {}
Series.__index = Series

function Series.row_of(self, sum)
  local key = self.key_of(sum)
  local row = self.rows[key] or { open = 0, before = 0, now = 0,
    new = figures(), done = figures() }
  self.rows[key] = row
  row.sum = sum
  return row
end

local function put_ended(self)
  for sum in self.sums:each() do
    local row = self:row_of(sum)
    put(row.new, sum)
    put(row.done, sum)
    row.new.p50, row.new.p99 = sum.p50, sum.p99
  end
end

-- look_at_all(): quantiles of all so far, which cost more than those of what is new.
function Series.look_at_all(self)
  for sum in self.sums:all() do
    local row = self.rows[self.key_of(sum)]
    if row then -- none of what came up behind the last look
      row.all.p50, row.all.p99 = sum.p50, sum.p99
    end
  end
end

local function put_open(self)
  for sum in self.sums:open() do
    local row = self:row_of(sum)
    row.open, row.now = row.open + sum.total, row.now + sum.count
  end
end

-- What ends has been counted as far as it had come.
local function settle(row)
  local d = row.done
  row.new.ns = math.max(row.new.ns + row.open - row.before, 0)
  row.all = { ended = d.ended, ns = d.ns + row.open, lasted = d.lasted,
    longest = d.longest }
end

-- look(): what has come up to now.
function Series.look(self)
  for _, row in pairs(self.rows) do
    row.new, row.before, row.open, row.now = figures(), row.open, 0, 0
  end
  put_ended(self)
  put_open(self)
  self.sums:clear()
  for _, row in pairs(self.rows) do
    settle(row)
  end
end

-- finish(): the same of a trace that is at its end: what went on has ended with it.
function Series.finish(self)
  self:look()
  for _, row in pairs(self.rows) do
    row.all.ns = row.all.ns - row.open
    row.all.ended = row.all.ended - row.now
    row.all.lasted = row.all.lasted - row.open
  end
end

-- follow(spec, key_of): spec as gotrace.sums wants it. rows, by what key_of says of a sum:
-- { sum = a last one, now = how many go on, new, all = { ended, ns, p50, p99, longest,
-- lasted = ns of those that have ended, from their begins on } }.
function series.follow(spec, key_of)
  spec.keep, spec.longest = spec.quantiles, false
  return setmetatable({ sums = sums(spec), rows = {}, key_of = key_of },
    Series)
end

return series
