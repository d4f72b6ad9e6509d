-- write.lua: writes the definition files that editors read (library/), from the program's own
-- tables and from the docs. A debug build of the program runs it before anything else:
--
--   env GOTRACE_LUA_INIT=tests/support/definitions/write.lua GOTRACE_DEFINITIONS=events build/debug/gotrace-lua
--
-- prints library/events.lua. `./dev docs` calls it; the lint checks that the files are fresh.
package.path = "./tests/support/definitions/?.lua;" .. package.path
local api = require "api"
local hooks = require "gotrace.event.hooks"
local options = require "gotrace.script.types"
local pages = require "pages"
local spec = require "gotrace.engine.event_table"
local subject = require "gotrace.span.subject"
local vocabulary = require "gotrace.cli.vocabulary"
local words = require "gotrace.event.words"

local out = {}

local function put(text, ...)
  out[#out + 1] = select("#", ...) > 0 and text:format(...) or text
end

local function trimmed(text)
  return text:match "^%s*(.-)%s*$"
end

-- A signature: its name, how it is called ("" a field, ":" a method, "." a function),
-- parameters as { name, type } and the type that it has or returns.
local function parsed(line)
  local text = trimmed(line)
  local dot, name, parameters, rest = text:match "^(%.?)([%w_]+)(%b())(.*)$"
  if not name then
    local field, of = text:match "^([%w_]+)%s+(.+)$"
    return { name = field, call = "", type = of }
  end
  local list = {}
  for one in parameters:sub(2, -2):gmatch "[^,]+" do
    local parameter, of = trimmed(one):match "^([%w_.]+):%s*(.+)$"
    list[#list + 1] = { parameter, of }
  end
  return { name = name, call = dot == "." and "." or ":", parameters = list, type = rest:match "^:%s*(.+)$" }
end

local function lines_of(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    list[#list + 1] = parsed(line)
  end
  return list
end

-- What the docs say of all members; none: what they are shows in their names.
local function sentences_of(from)
  local all = {}
  for _, place in ipairs(type(from) == "table" and from or { from }) do
    for name, sentence in pairs(pages.of(place)) do
      all[name] = sentence
    end
  end
  return all
end

local function check_all(what, sentences, has, others)
  for name in pairs(sentences) do
    assert(has[name] or others and others[name], ("%s: the docs have %s, and api.lua does not"):format(what, name))
  end
end

-- A member's type as a field of its class has it.
local function field_type(class, member)
  if member.call == "" then
    return member.type
  end
  local parameters = { member.call == ":" and "self: " .. class or nil }
  for _, parameter in ipairs(member.parameters) do
    local optional = parameter[1] ~= "..." and parameter[2]:find "%?$"
    parameters[#parameters + 1] = parameter[1] .. (optional and "?" or "") .. ": " .. parameter[2]:gsub("%?$", "")
  end
  local returns = member.type and ": " .. member.type:gsub("self", class) or ""
  return ("fun(%s)%s"):format(table.concat(parameters, ", "), returns)
end

local function put_field(class, member, sentence)
  put("---@field %s %s%s", member.name, field_type(class, member), sentence and " # " .. sentence or "")
end

local function put_members(definition)
  local sentences, has = definition.from and sentences_of(definition.from) or {}, {}
  for _, member in ipairs(lines_of(definition.members)) do
    local sentence = sentences[member.name]
    assert(sentence or not definition.from, ("%s: the docs do not have %s"):format(definition.class, member.name))
    put_field(definition.class, member, sentence)
    has[member.name] = true
  end
  check_all(definition.class, sentences, has, definition.others)
  for _, extra in ipairs(definition.extra or {}) do
    put_field(definition.class, parsed(extra[1]), extra[2])
  end
end

local function put_class(definition)
  put("")
  put("---%s", definition.about)
  put("---@class (exact) %s%s", definition.class, definition.parent and ": " .. definition.parent or "")
  put_members(definition)
  if definition.list then
    put("---@field [integer] %s", definition.list)
  end
end

-- A name for one of several words. Words that a later Go may have are allowed where `open`.
local function put_alias(name, about, list, open)
  put("")
  put("---%s", about)
  put("---@alias %s", name)
  for _, word in ipairs(list) do
    put("---| %q", word)
  end
  if open then
    put "---| string"
  end
end

-- Global functions, each with what the docs say.
local function put_functions(text, sentences)
  for _, member in ipairs(lines_of(text)) do
    local names = {}
    put("")
    put("---%s", assert(sentences[member.name], member.name .. " is not in the docs"))
    for i, parameter in ipairs(member.parameters) do
      local optional = parameter[1] ~= "..." and parameter[2]:find "%?$"
      names[i] = parameter[1]
      put("---@param %s%s %s", parameter[1], optional and "?" or "", (parameter[2]:gsub("%?$", "")))
    end
    if member.type then
      put("---@return %s", member.type)
    end
    put("function %s(%s) end", member.name, table.concat(names, ", "))
  end
end

local type_of = { NUM = "integer", G = "integer", P = "integer", M = "integer", TASK = "integer",
  STR = "string", STACK = "gotrace.Stack", GSTATUS = "gotrace.GoroutineState", PSTATUS = "gotrace.ProcStatus" }
-- What may be none.
local optional = { parent_task = true, target_m = true }

local function argument_type(event, arg)
  if arg.name == "reason" then
    return event == "GoStop" and "gotrace.StopReason" or "gotrace.Reason"
  elseif arg.name == "kind" and event == "STWBegin" then
    return "gotrace.StopKind"
  end
  return type_of[arg.kind] .. (optional[arg.name] and "?" or "")
end

local function argument_sentence(row, arg)
  local go = vocabulary.go_name(arg.name, row.name)
  return ("%s, of %s: %s%s"):format(vocabulary.is[arg.kind], row.name, row.about, go ~= "" and "; in Go " .. go or "")
end

-- Stacks are of all events; sequence numbers are the engine's.
local function is_shown(arg)
  return arg.kind ~= "SEQ" and arg.name ~= "stack"
end

local function put_event(row)
  put("")
  put("---Since Go 1.%d: %s.", row.since, row.about)
  put("---@class (exact) gotrace.Event.%s: gotrace.Event", row.name)
  for _, arg in ipairs(row.args) do
    if is_shown(arg) then
      put("---@field %s %s # %s", arg.name, argument_type(row.name, arg), argument_sentence(row, arg))
    end
  end
end

-- In on.any an event may be of any type: it has the arguments of all, each of which may be nil.
local function put_any_event()
  local seen = {}
  put("")
  put "---An event of any type."
  put "---@class (exact) gotrace.AnyEvent: gotrace.Event"
  for _, name in ipairs(spec.names) do
    for _, arg in ipairs(spec.by_name[name].args) do
      local of = is_shown(arg) and argument_type(name, arg):gsub("%?$", "")
      if of and not seen[arg.name .. " " .. of] then
        seen[arg.name] = (seen[arg.name] and seen[arg.name] .. "|" or "") .. of
        seen[arg.name .. " " .. of] = true
      end
    end
  end
  local names = {}
  for name in pairs(seen) do
    names[#names + 1] = type(seen[name]) == "string" and name or nil
  end
  table.sort(names)
  for _, name in ipairs(names) do
    put("---@field %s %s|nil", name, seen[name])
  end
end

local files = {}

function files.events()
  put_alias("gotrace.EventType", "The types of events.", spec.names)
  put_alias("gotrace.Reason", "What a goroutine waits for.", vocabulary.waits, true)
  put_alias("gotrace.StopReason", "Why a goroutine yields.", words.stop, true)
  put_alias("gotrace.StopKind", "Why the world is stopped.", words.kind, true)
  put_alias("gotrace.GoroutineState", "What a goroutine does.", vocabulary.statuses.GSTATUS)
  put_alias("gotrace.ProcStatus", "What a proc does.", vocabulary.statuses.PSTATUS)
  put_class(api.event)
  for _, name in ipairs(spec.names) do
    put_event(spec.by_name[name])
  end
  put_any_event()
end

-- What each general hook gets and returns.
local general = {
  any = "fun(ev: gotrace.AnyEvent): boolean?", unhandled = "fun(ev: gotrace.AnyEvent): boolean?",
  begin = "fun(trace: gotrace.Trace)", finish = "fun(trace: gotrace.Trace)", done = "fun(value: any)",
  generation = "fun(gen: gotrace.Generation)", damage = "fun(d: gotrace.Damage)",
  string = "fun(s: string, role: gotrace.Role): string|false|nil",
  stack = "fun(st: gotrace.Stack): gotrace.NewFrame[]|false|nil",
}

local function put_hooks(class, about)
  put("")
  put("---%s", about)
  put("---@class (exact) %s", class)
  for _, hook in ipairs(hooks.general) do
    put("---@field %s %s # %s", hook.name, general[hook.name], hook.help)
  end
  for _, hook in ipairs(hooks.spans) do
    put("---@field %s fun(s: gotrace.Span): boolean? # %s", hook.name, hook.help)
  end
  for _, name in ipairs(spec.names) do
    put("---@field %s fun(ev: gotrace.Event.%s): boolean? # %s", name, name, spec.by_name[name].about)
  end
  local old = {}
  for name in pairs(hooks.aliases) do
    old[#old + 1] = name
  end
  table.sort(old)
  for _, name in ipairs(old) do
    local now, reason = hooks.aliases[name][1], hooks.aliases[name][2]
    put("---@field %s fun(ev: gotrace.Event.%s): boolean? # of Go 1.5 to 1.21: %s%s", name, now, now,
      reason and (" with reason %q"):format(reason) or "")
  end
end

function files.hooks()
  put_alias("gotrace.Role", "What a text of a trace is.", { "func", "file", "reason", "stw", "label", "task",
    "region", "logkey", "logvalue", "experiment" })
  put_class { class = "gotrace.NewFrame", about = "A frame that is written in place of another.", members = [[
    func string?
    file string?
    line integer?
    pc integer?]] }
  put_hooks("gotrace.on", "The hooks of a script: functions that are called as things happen.")
  put_hooks("gotrace.scan", "The hooks of a first pass, which sees the trace before `on.begin`.")
  put("")
  local sentences = sentences_of(api.globals.from)
  for _, name in ipairs { "on", "scan" } do
    put("---%s", sentences[name])
    put("---@type gotrace.%s\n%s = {}\n", name, name)
  end
end

function files.spans()
  put_alias("gotrace.SpanKind", "The kinds of spans.", subject.words.kind)
  put_alias("gotrace.SpanState", "What a goroutine or proc does.", subject.words.prev)
  put_alias("gotrace.Side", "At which end there is more of it.", subject.words.open)
  put_class(api.span)
end

function files.objects()
  for _, definition in ipairs(api.objects) do
    put_class(definition)
  end
end

function files.tables()
  for _, definition in ipairs(api.tables) do
    put_class(definition)
  end
  put_class { class = "gotrace.Columns", about = 'Columns: `{ by = { "key" }, "count times", "sum time" }`.',
    members = "by string[]?", list = "string|{ [1]: string, unit: string }" }
  put_class { class = "gotrace.SeriesSpec", about = 'A series: `{ "heap", 1e6, "key", measure = "max" }`.', members = [[
    measure string|string[]|nil
    rows integer?]], list = "string|number" }
  put_functions(api.constructors.functions, sentences_of(api.constructors.from))
end

local function option_types()
  local list = {}
  for name in pairs(options) do
    list[#list + 1] = name ~= "size" and name or nil
  end
  table.sort(list)
  return list
end

-- What `export` has, one a format.
local formats = {}
for name in pairs(pages.of("exports.md#Exports|script", 2)) do
  formats[#formats + 1] = name
end
table.sort(formats)

local function put_exports()
  put_alias("gotrace.Format", "What a script may write.", formats)
  local sentences = pages.of("exports.md#Exports|script", 2)
  put("")
  put "---What a script writes that is no trace."
  put "---@class (exact) gotrace.Export"
  for _, name in ipairs(formats) do
    put("---@field %s fun(spec: table?): any # for %s", name, sentences[name])
  end
end

-- Of the system's libraries what the sandbox leaves.
local function put_libraries()
  put [[

---What a script may do with files: nothing but print.
io = {}

---Writes strings and numbers to standard output.
---@param ... string|number
function io.write(...) end

os = {}

---@return number
function os.clock() end

---@param format? string
---@param time? number
---@return string|table
function os.date(format, time) end

---@param later number
---@param earlier number
---@return number
function os.difftime(later, earlier) end

---@param when? table
---@return number
function os.time(when) end]]
end

function files.script()
  put_alias("gotrace.OptionType", "What values of options are.", option_types())
  put_alias("gotrace.Need", "What a script may ask for.", { "output", "spans", "names", "pair", "runs" })
  put_class { class = "gotrace.Option", about = "A row of `args`.", members = [[
    name string
    short string?
    type gotrace.OptionType?
    arg string?
    help string?
    default any?
    default_data any?
    choices (string|number)[]?
    matches string?
    wanted string?
    required boolean?
    repeatable boolean?
    optional boolean?
    positional boolean?
    was string[]?]] }
  put_exports()
  put_class(api.probe)
  put_class(api.regexp)
  local sentences, has = sentences_of(api.globals.from), {}
  for _, member in ipairs(lines_of(api.globals.values)) do
    put("")
    put("---%s", assert(sentences[member.name], member.name .. " is not in the docs"))
    put("---@type %s\n%s = %s", member.type, member.name, member.type:match '^"[^"]*"' or
      member.type == "string" and '""' or member.type == "gotrace.Format" and '"csv"' or "{}")
    has[member.name] = true
  end
  put_functions(api.globals.functions, sentences)
  for _, member in ipairs(lines_of(api.globals.functions)) do
    has[member.name] = true
  end
  check_all("globals", sentences, has, api.globals.others)
end

files.sandbox = put_libraries

for _, name in ipairs { "format", "regexp", "expect" } do
  files[name] = function()
    put_class(api.modules[name])
    if name == "regexp" then
      put "\n---@class gotrace.RegexpOptions\n---@field ignore_case boolean?"
    elseif name == "expect" then
      put "\n---@class gotrace.ExpectOptions\n---@field by string?\n---@field optional boolean?"
    end
    put("\n---@type gotrace.%s\nlocal %s\n\nreturn %s", name, name, name)
  end
end

function files.sums()
  put_class(api.sum)
  put [[

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

return sums]]
end

function files.goroutine_sums()
  put [[

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
---@field count integer]]
  for _, member in ipairs(lines_of(api.objects[3].members)) do
    put("---@field %s %s", member.name,
      member.name == "block_by" and "table<string, gotrace.Figure>" or "gotrace.Figure")
  end
  put [[

---@class (exact) gotrace.GoroutineSums
---@field each fun(self: gotrace.GoroutineSums): fun(): gotrace.GoroutineSum? # goes through the sums in `on.finish`

---@class gotrace.GoroutineSumSpec
---@field by "name"?
---@field quantiles string[]?

---@param spec gotrace.GoroutineSumSpec
---@return gotrace.GoroutineSums
local function goroutine_sums(spec) end

return goroutine_sums]]
end

function files.heap()
  put [[

---Bytes of the heap and its goal, as last told.
---@return integer bytes
---@return integer goal
local function heap() end

return heap]]
end

function files.screen()
  put [[

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

return screen]]
end

put "---@meta"
put "-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program."
files[os.getenv "GOTRACE_DEFINITIONS"]()
io.write((table.concat(out, "\n"):gsub("\n\n+", "\n\n"):gsub("%s+$", "")), "\n")
os.exit(0)
