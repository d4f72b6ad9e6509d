---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---A figure of goroutines that are alike, in ns.
---@class (exact) gotrace.Figure
---@field count integer
---@field total integer
---@field shortest integer
---@field longest integer

---What goroutines that are alike did with their time.
---@class gotrace.GoroutineSum
---@field name string
---@field system boolean
---@field count integer
---@field exec gotrace.Figure
---@field sched_wait gotrace.Figure
---@field syscall gotrace.Figure
---@field syscall_block gotrace.Figure
---@field block gotrace.Figure
---@field block_by table<string, gotrace.Figure>
---@field gc_assist gotrace.Figure
---@field sweep gotrace.Figure
---@field unknown gotrace.Figure
---@field total gotrace.Figure

---@class (exact) gotrace.GoroutineSums
---@field each fun(self: gotrace.GoroutineSums): fun(): gotrace.GoroutineSum? # goes through the sums in `on.finish`

---@class gotrace.GoroutineSumSpec
---@field by "name"?
---@field quantiles string[]?

---@param spec gotrace.GoroutineSumSpec
---@return gotrace.GoroutineSums
local function goroutine_sums(spec) end

return goroutine_sums
