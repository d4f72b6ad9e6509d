---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---What values of options are.
---@alias gotrace.OptionType
---| "bool"
---| "duration"
---| "event_keys"
---| "events"
---| "expr"
---| "extent"
---| "filter"
---| "int"
---| "key"
---| "keys"
---| "list"
---| "map"
---| "new_file"
---| "number"
---| "pattern"
---| "regexp"
---| "stack"
---| "string"
---| "time"

---What a script may ask for.
---@alias gotrace.Need
---| "output"
---| "spans"
---| "names"
---| "pair"
---| "runs"

---A row of `args`.
---@class (exact) gotrace.Option
---@field name string
---@field short string?
---@field type gotrace.OptionType?
---@field arg string?
---@field help string?
---@field default any?
---@field default_data any?
---@field choices (string|number)[]?
---@field matches string?
---@field wanted string?
---@field required boolean?
---@field repeatable boolean?
---@field optional boolean?
---@field positional boolean?
---@field was string[]?

---What a script may write.
---@alias gotrace.Format
---| "chrome"
---| "csv"
---| "dot"
---| "firefox"
---| "folded"
---| "ndjson"
---| "otlp"
---| "perfetto"
---| "pprof"
---| "recording"
---| "report"
---| "speedscope"
---| "sqlite"

---What a script writes that is no trace.
---@class (exact) gotrace.Export
---@field chrome fun(spec: table?): any # for chrome://tracing and what reads its events: what `go tool trace` draws
---@field csv fun(spec: table?): any # for DuckDB, Miller, jq, spreadsheets: spans or events as rows
---@field dot fun(spec: table?): any # for Graphviz: who wakes and who creates whom
---@field firefox fun(spec: table?): any # for <https://profiler.firefox.com>: goroutines as threads, what they waited for as markers
---@field folded fun(spec: table?): any # for flamegraph.pl, inferno, `diff`: stacks and ns, a line each
---@field ndjson fun(spec: table?): any # for DuckDB, Miller, jq, spreadsheets: spans or events as rows
---@field otlp fun(spec: table?): any # for OpenTelemetry's collector, and Jaeger, Tempo behind it: tasks and regions as spans
---@field perfetto fun(spec: table?): any # for <https://ui.perfetto.dev>: all that a trace says of time, on tracks
---@field pprof fun(spec: table?): any # for `go tool pprof`, Pyroscope, Parca, speedscope: profiles of waits, states, CPU samples and events
---@field recording fun(spec: table?): any # for traces of what is around a moment, written while a long one is read: the script is record
---@field report fun(spec: table?): any # for any browser: a page that says what stands out, with plots and tables; one file
---@field speedscope fun(spec: table?): any # for <https://www.speedscope.app>: what goroutines did from moment to moment
---@field sqlite fun(spec: table?): any # for SQL, Datasette, DuckDB: states, ranges, tasks, regions, logs, metrics, stacks as tables

---A hook that comes and goes.
---@class (exact) gotrace.Probe
---@field attached boolean # whether it is called now
---@field attach fun(self: gotrace.Probe) # in any hook or at the top: it is called from the next event or span on, or no longer
---@field detach fun(self: gotrace.Probe) # in any hook or at the top: it is called from the next event or span on, or no longer

---A regular expression.
---@class (exact) gotrace.Regexp
---@field match fun(self: gotrace.Regexp, text: string): boolean # whether it is found in a text

---what it does, in a line or more: `-l` and `--help` show it
---@type string
description = ""

---the options that it declares, and their values
---@type gotrace.Option[]
args = {}

---the options that it declares, and their values
---@type table<string, any>
opt = {}

---`"thread"`: events may come thread by thread
---@type "thread"|"full"
order = "thread"

---what it asks for that does not show in its text: `"output"`, `"spans"`, `"names"`, `"pair"`, `"runs"`, or a list of these
---@type gotrace.Need|gotrace.Need[]
needs = {}

---the format that it writes, and a function for each
---@type gotrace.Format
writes = "csv"

---the format that it writes, and a function for each
---@type gotrace.Export
export = {}

---the trace at hand
---@type gotrace.Trace
trace = {}

---a table for what lasts from trace to trace
---@type table
shared = {}

---events of these types are left out without a look; names may have `*` and `?`
---@param ... gotrace.EventType|string|string[]
function drop(...) end

---makes a table of how many events of each type come to the script
---@param what? string
---@return gotrace.Table
function count_types(what) end

---adds an event right behind the one at hand
---@param type gotrace.EventType
---@param fields? table
function emit(type, fields) end

---declares a hook that comes and goes; several of them as one
---@param name string
---@param fn? fun(what: any): boolean
---@return gotrace.Probe
function probe(name, fn) end

---declares a hook that comes and goes; several of them as one
---@param ... gotrace.Probe
---@return gotrace.Probe
function group(...) end

---ends the run with exit status 1 and a message
---@param format? string
---@param ... any
function fail(format, ...) end
