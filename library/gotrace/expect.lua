---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---What must hold of a trace.
---@class (exact) gotrace.expect
---@field before fun(a: string, b: string, options?: gotrace.ExpectOptions) # each b begins only after an a has ended
---@field at_most fun(n: integer, a: string, options?: gotrace.ExpectOptions) # no more than n of a last at any time
---@field within fun(duration: string|number, a: string, b: string|gotrace.ExpectOptions|nil, options?: gotrace.ExpectOptions) # from the end of each a to the begin of the next b it is no longer
---@field never fun(a: string, options?: gotrace.ExpectOptions) # there is no a
---@field no_leaks fun(a?: string, options?: gotrace.ExpectOptions) # all goroutines (of those that a chooses) that were created in the trace ended in it; the runtime's own do not count

---@class gotrace.ExpectOptions
---@field by string?
---@field optional boolean?

---@type gotrace.expect
local expect

return expect
