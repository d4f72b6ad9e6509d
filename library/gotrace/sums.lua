---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---Spans that are alike, summed up; it has the fields that they are summed by, too.
---@class (exact) gotrace.Sum
---@field count integer # how many spans, and the ns of all of them
---@field total integer # how many spans, and the ns of all of them
---@field blocked integer # how many spans, and the ns of all of them
---@field shortest integer # ns of the shortest and of the longest
---@field max integer # ns of the shortest and of the longest
---@field longest gotrace.Span # a copy of the longest span, the first of several
---@field from integer # the first begin and the last end
---@field to integer # the first begin and the last end
---@field order integer # which of all spans that were summed the longest is, from 1 on
---@field p50 integer? # ns, with `quantiles = true`: off by 1 % at most
---@field p90 integer? # ns, with `quantiles = true`: off by 1 % at most
---@field p99 integer? # ns, with `quantiles = true`: off by 1 % at most
---@field stats gotrace.Stats? # with `stats = true`: what lies inside them, by word, and the ns of those of which nothing is known
---@field unaccounted integer? # with `stats = true`: what lies inside them, by word, and the ns of those of which nothing is known

---Sums that the engine makes of spans, to be read in `on.finish`.
---@class (exact) gotrace.Sums
---@field each fun(self: gotrace.Sums): fun(): gotrace.Sum? # goes through the sums, in the order of their first spans
---@field open fun(self: gotrace.Sums): fun(): gotrace.Sum? # of what has not ended yet, as if it ended now
---@field all fun(self: gotrace.Sums): fun(): gotrace.Sum? # with `keep`: those that were cleared, too
---@field clear fun(self: gotrace.Sums) # begins anew

---@class gotrace.SumSpec
---@field kind gotrace.SpanKind
---@field state gotrace.SpanState?
---@field by string[]?
---@field quantiles boolean?
---@field stats boolean?
---@field keep boolean?
---@field longest boolean?

---@param spec gotrace.SumSpec
---@return gotrace.Sums
local function sums(spec) end

return sums
