---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---Values as text.
---@class (exact) gotrace.format
---@field number fun(n: number): string # a number as tables show it; with commas: 12,896
---@field thousands fun(n: number): string # a number as tables show it; with commas: 12,896
---@field duration fun(ns: number): string # with a unit: `1.5ms`, `4MiB`
---@field bytes fun(n: number): string # with a unit: `1.5ms`, `4MiB`
---@field json fun(value: any): string # a value as JSON, or as a cell of CSV
---@field csv fun(value: any): string # a value as JSON, or as a cell of CSV
---@field line fun(value: any): string # a value in one line, as `cat` and `-p` show it
---@field value fun(value: any): string # a value in a line by itself, in the form that `-F` asks for
---@field style fun(): "text"|"json"|"csv" # what `-F` asks for: `"text"`, `"json"` or `"csv"`
---@field spans fun(): string[]? # a list of the kinds of spans that the line is about (`--spans`, `-f` or `-p` about spans), nil where it is about events
---@field event fun(): string # the event at hand in that form; the line before the first of them in CSV
---@field event_head fun(): string? # the event at hand in that form; the line before the first of them in CSV

---@type gotrace.format
local format

return format
