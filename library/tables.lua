---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---A table that prints itself when all traces are read.
---@class (exact) gotrace.Table
---@field top fun(self: gotrace.Table, n: integer): gotrace.Table # the first n keys alone; text has a row of the others, with what they come to
---@field sort fun(self: gotrace.Table, column: string): gotrace.Table # by that column, the largest first; `"key"` or a key's column: by key. Without it the keys with most come first: by count, sum or value
---@field unit fun(self: gotrace.Table, unit: "ns"|"bytes"|"%"): gotrace.Table # what the values are: text shows 1500000 as `1.5ms`
---@field ns fun(self: gotrace.Table): gotrace.Table # short for `x:unit("ns")`
---@field optional fun(self: gotrace.Table): gotrace.Table # it is not printed if nothing was added
---@field when_empty fun(self: gotrace.Table, text: string): gotrace.Table # what stderr says where it has no row at the end, but with `-q`: what was looked for, and what to ask next. Without it that is said in general words, of an optional table nothing
---@field percent fun(self: gotrace.Table): gotrace.Table # a column more: the share of all, of a count or a sum
---@field name fun(self: gotrace.Table, text: string): gotrace.Table # what JSON calls the table
---@field add fun(self: gotrace.Table, ...: any) # adds a value under its keys, as the table of functions says
---@field add_sum fun(self: gotrace.Table, ...: any): gotrace.Table # adds what the engine summed: as if each value had been added
---@field add_sums fun(self: gotrace.Table, ...: any): gotrace.Table # adds what the engine summed: as if each value had been added
---@field spread fun(self: gotrace.Table, ...: any): gotrace.Table # of a time series: shares out what lasts over the steps that it lies in
---@field get fun(self: gotrace.Table, ...: any): any # what there is of these keys: a number, or where there are several columns a table by their names (`q:get("a").p99`); of histograms and time series a list. Of keys that were never added nil; of `count` and `sum` 0
---@field total fun(self: gotrace.Table): any # the same of all keys together
---@field each fun(self: gotrace.Table): fun(): any # for loops: the keys and what there is of them, in the order in which they are printed, all of them whatever `top` says; of `rows` and `top` the number of the row and its values
---@field print fun(self: gotrace.Table): gotrace.Table # prints it now; it does not print itself at the end any more
---@field quiet fun(self: gotrace.Table): gotrace.Table # it is there to be read alone, and does not print itself
---@field clear fun(self: gotrace.Table): gotrace.Table # empties it

---A table that is filled row by row.
---@class (exact) gotrace.Rows: gotrace.Table
---@field object fun(self: gotrace.Rows): gotrace.Rows # in JSON its two columns are one object
---@field first fun(self: gotrace.Rows, n: integer): gotrace.Rows # the first n columns are keys, which text may shorten
---@field unit fun(self: gotrace.Rows, unit: "ns"|"bytes"|"%", ...: string): gotrace.Rows # what these columns are in
---@field picture fun(self: gotrace.Rows, column: string): gotrace.Rows # the texts of that column show what goroutines did, as `timeline` draws it: in colours on a terminal

---Columns: `{ by = { "key" }, "count times", "sum time" }`.
---@class (exact) gotrace.Columns
---@field by string[]?
---@field [integer] string|{ [1]: string, unit: string }

---A series: `{ "heap", 1e6, "key", measure = "max" }`.
---@class (exact) gotrace.SeriesSpec
---@field measure string|string[]|nil
---@field rows integer?
---@field [integer] string|number

---how often
---@param what? string
---@param ... string
---@return gotrace.Table
function count(what, ...) end

---the sum, the least, largest, mean or latest value
---@param what? string
---@param ... string
---@return gotrace.Table
function sum(what, ...) end

---the sum, the least, largest, mean or latest value
---@param what? string
---@param ... string
---@return gotrace.Table
function min(what, ...) end

---the sum, the least, largest, mean or latest value
---@param what? string
---@param ... string
---@return gotrace.Table
function max(what, ...) end

---the sum, the least, largest, mean or latest value
---@param what? string
---@param ... string
---@return gotrace.Table
function mean(what, ...) end

---the sum, the least, largest, mean or latest value
---@param what? string
---@param ... string
---@return gotrace.Table
function last(what, ...) end

---count, least, mean, largest, sum
---@param what? string
---@param ... string
---@return gotrace.Table
function stats(what, ...) end

---last, least, mean, largest: of what goes up and down
---@param what? string
---@param ... string
---@return gotrace.Table
function gauge(what, ...) end

---how many, total, mean, p50, p99, longest; sorted by the total
---@param what? string
---@param ... string
---@return gotrace.Table
function durations(what, ...) end

---how many, and the least, mean, p50, p99, largest of them; sorted by the total
---@param what? string
---@param ... string
---@return gotrace.Table
function spread(what, ...) end

---several of the above in one table, sorted by the first
---@param spec gotrace.Columns
---@return gotrace.Table
function columns(spec) end

---count, p50, p90, p99, p99.9, largest; right to 1 %
---@param what? string
---@param ... string
---@return gotrace.Table
function quantile(what, ...) end

---a histogram by powers of two
---@param what? string
---@param ... string
---@return gotrace.Table
function hist(what, ...) end

---a histogram with buckets of that width
---@param what string
---@param width number
---@param ... string
---@return gotrace.Table
function lhist(what, width, ...) end

---sums for each step of time
---@param what string|gotrace.SeriesSpec
---@param step? number
---@param ... string
---@return gotrace.Table
function tseries(what, step, ...) end

---the ten largest single values
---@param what? string
---@param ... string
---@return gotrace.Table
function top(what, ...) end

---what it was given; what else it can say is below
---@param ... string
---@return gotrace.Rows
function rows(...) end
