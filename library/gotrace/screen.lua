---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---@class gotrace.ScreenColumn
---@field name string
---@field kind "text"|"count"|"percent"|"rate"|"ns"|"bytes"

---@class gotrace.ScreenView
---@field name string
---@field columns gotrace.ScreenColumn[]
---@field rows fun(): table[] # a list of a value for each column; `key` tells rows apart
---@field sort string?
---@field detail (fun(row: table): string[])? # lines for Enter

---A page on the terminal that is drawn again as the trace goes on.
---@class gotrace.ScreenPage
---@field title string
---@field update fun(now: integer) # all up to `now`, in ns, has been delivered
---@field meters fun(): string[]
---@field views gotrace.ScreenView[]
---@field total fun()?
---@field every integer? # ns between two drawings of a file
---@field speed number?

---@class (exact) gotrace.Screen
---@field page fun(page: gotrace.ScreenPage) # shows a page while the script runs

---@type gotrace.Screen
local screen = {}

return screen
