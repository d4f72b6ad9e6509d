---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---Regular expressions, as options of type `regexp` are.
---@class (exact) gotrace.regexp
---@field compile fun(text: string, options?: gotrace.RegexpOptions): gotrace.Regexp?, string? # the regular expression; nil and what is wrong with a text that is none. `{ ignore_case = true }`: A is a

---@class gotrace.RegexpOptions
---@field ignore_case boolean?

---@type gotrace.regexp
local regexp

return regexp
