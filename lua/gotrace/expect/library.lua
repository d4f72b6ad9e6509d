-- library.lua: gotrace.expect as scripts have it: order assertions for tests of concurrent
-- programs.
--
-- A rule is declared at the top of a script, takes note of what it is about as hooks come, and
-- is judged when the trace has ended. Rules that do not hold are told, and the run fails.
local argument = require "gotrace.event.argument"
local at_most = require "gotrace.expect.at_most"
local before = require "gotrace.expect.before"
local parse_duration = require("gotrace.syntax.duration").parse
local format = require "gotrace.printing.format"
local leaks = require "gotrace.expect.leaks"
local listed = require "gotrace.expect.listed"
local proxy = require "gotrace.base.proxy"
local report = require "gotrace.expect.report"
local suggest = require "gotrace.base.suggest"
local what = require "gotrace.expect.what"
local within = require "gotrace.expect.within"

local options_known = { by = true, optional = true }

-- The level of the script's line that has called us, as its caller sees it.
local function level_of_script()
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and (info.what == "C" or info.source:find "^@lua/gotrace/") do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  return level - 1
end

local function refuse(name, text, ...)
  error(("expect.%s: "):format(name) .. text:format(...), level_of_script())
end

-- ns, of "10ms" or a number.
local function duration(name, value)
  local ns = type(value) == "string" and parse_duration(value) or value
  if type(ns) ~= "number" or not (ns >= 0 and ns < math.huge) then
    return refuse(name, 'it wants a duration such as "10ms", not %s',
      argument.shown(value))
  end
  return ns
end

local function check_options(name, options)
  if options ~= nil and type(options) ~= "table" then
    return refuse(name, 'options are a table such as { by = "task" }, not %s',
      argument.shown(options))
  end
  for key in pairs(options or {}) do
    if not options_known[key] then
      return refuse(name, 'there is no option "%s": there are by and optional',
        tostring(key))
    end
  end
  local by = options and options.by
  if by ~= nil and type(by) ~= "string" then
    return refuse(name, "by wants an expression such as \"task\", not %s",
      argument.shown(by))
  end
  return options or {}
end

local function selected(name, text, by)
  if type(text) ~= "string" then
    return refuse(name, 'what it is about is a text, "region:load" or an ' ..
      "expression, not %s", argument.shown(text))
  end
  local found, wrong = what.of(text, by)
  if not found then
    return refuse(name, "%s: %s", text, wrong)
  end
  return found
end

-- Where the script declares a rule.
local function line()
  local info = debug.getinfo(level_of_script(), "Sl")
  return ("%s:%d"):format(info.short_src, info.currentline)
end

local function quoted(value)
  if type(value) ~= "string" then
    return tostring(value)
  end
  local mark = value:find '"' and "'" or '"'
  return mark .. value .. mark
end

-- A rule as it may stand in the script.
local function spelled(name, options, ...)
  local parts = {}
  for i = 1, select("#", ...) do
    parts[i] = quoted((select(i, ...)))
  end
  if options.by then
    parts[#parts + 1] = ("{ by = %s }"):format(quoted(options.by))
  end
  return ("%s(%s)"):format(name, table.concat(parts, ", "))
end

-- A book is a script's rules: { host =, rules in their order }.

-- What does not hold of a rule, as a finding; nil: nothing.
local function judged(rule)
  for _, seen in ipairs(rule.wanted) do
    if not seen.any then
      return { line = rule.line, rule = rule.text, count = 0, things = {},
        found = "nothing in the trace is " .. seen.text }
    end
  end
  local found, count, things = rule.judge()
  return found and { line = rule.line, rule = rule.text, found = found,
    count = count, things = things }
end

local function judge_all(book)
  local host, findings = book.host, {}
  for _, rule in ipairs(book) do
    findings[#findings + 1] = judged(rule)
  end
  if #findings > 0 then
    report.print_all(findings, host.style(), host.print())
    host.fail("%s: %d of %d expectations do not hold", host.file(), #findings,
      #book)
  end
end

local function add(book, rule)
  if #book == 0 then
    book.host.last(function()
      judge_all(book)
    end)
  end
  book[#book + 1] = rule
end

-- Has `note` called with each thing that something is about.
local function watch(host, about, seen, note)
  local function look()
    local holds, key = about.holds()
    if holds and key ~= nil then
      seen.any = true
      note(about.make(), key)
    end
  end
  host.wants(about.words)
  for _, hook in ipairs(about.kinds or { "any" }) do
    host.hook(hook, look)
  end
end

-- declare(book, rule, options): a rule { name =, text = as it is spelled, about = the texts of a
-- and b, note =, judge =, must = whether there have to be some }.
local function declare(book, rule, options)
  if book.host.loaded() then
    return refuse(rule.name, "rules are declared at the top of the script")
  end
  local found = {}
  for i, text in ipairs(rule.about) do
    found[i] = selected(rule.name, text, options.by)
  end
  rule.line, rule.wanted = line(), {}
  for i, about in ipairs(found) do
    local seen = { text = rule.about[i], any = false }
    if rule.must and not options.optional then
      table.insert(rule.wanted, seen)
    end
    watch(book.host, about, seen, rule.note[i == 1 and "a" or "b"])
  end
  add(book, rule)
end

local function check_lasts(name, text)
  if not selected(name, text).kinds then
    return refuse(name, "%s: an event takes no time: it is about spans", text)
  end
end

-- The rules, each with the book first.
local rules = {}

-- before(a, b, options): each b begins when an a has ended.
function rules.before(book, a, b, options)
  options = check_options("before", options)
  selected("before", a)
  selected("before", b)
  local note, judge = before()
  declare(book, { name = "before", text = spelled("before", options, a, b),
    about = { a, b }, note = note, judge = judge, must = true }, options)
end

-- at_most(n, a, options): no more than n at a time.
function rules.at_most(book, n, a, options)
  options = check_options("at_most", options)
  if not argument.is_whole(n) then
    return refuse("at_most", "n is a whole number, not %s", argument.shown(n))
  end
  check_lasts("at_most", a)
  local note, judge = at_most(n, format.duration)
  declare(book, { name = "at_most", text = spelled("at_most", options, n, a),
    about = { a }, note = note, judge = judge, must = true }, options)
end

-- within(duration, a, options): each a takes no longer; within(duration, a, b, options): from
-- each a to the next b.
function rules.within(book, limit, a, b, options)
  if type(b) == "table" then
    b, options = nil, b
  end
  options = check_options("within", options)
  local ns = duration("within", limit)
  if b == nil then
    check_lasts("within", a)
  else
    selected("within", a)
  end
  local rule = within[b == nil and "alone" or "between"]
  local note, judge = rule(ns, format.duration)
  local text = b == nil and spelled("within", options, limit, a) or
    spelled("within", options, limit, a, b)
  declare(book, { name = "within", text = text, about = { a, b }, note = note,
    judge = judge, must = true }, options)
end

-- never(a): there is none.
function rules.never(book, a)
  selected("never", a)
  local note, judge = listed "%d in the trace"
  declare(book, { name = "never", text = spelled("never", {}, a),
    about = { a }, note = note, judge = judge, must = false }, {})
end

-- no_leaks(a): goroutines that were created here (of those that a chooses) have ended when the
-- trace does, the runtime's own aside.
function rules.no_leaks(book, a)
  local text = a or 'kind == "goroutine"'
  local kinds = selected("no_leaks", text).kinds
  if not kinds or #kinds ~= 1 or kinds[1] ~= "goroutine" then
    return refuse("no_leaks", '%s: it is about goroutines: "func:main.work" ' ..
      'or kind == "goroutine" and ...', text)
  end
  local note, judge, look = leaks()
  local about = ('(%s) and open == "end" and not system'):format(
    what.expression_of(text))
  declare(book, { name = "no_leaks", about = { about }, note = note,
    text = a and spelled("no_leaks", {}, a) or "no_leaks()", judge = judge,
    must = false }, {})
  book.host.hook("state", look)
end

local names = proxy.sorted_keys(rules)

local function no_rule(_, name)
  error(("expect has no rule %s%s; it has %s"):format(tostring(name),
    suggest.hint(tostring(name), names), table.concat(names, ", ")), 2)
end

-- library(host): the module for a script.
--   host.loaded()        whether hooks can be declared no more
--   host.hook(name, fn)  declares one
--   host.last(fn)        a function for the trace's end, behind the script's own
--   host.wants(spans)    names are wanted, and what spans know of events
--   host.style, host.print, host.fail, host.file()
local function library(host)
  local book, expect = { host = host }, {}
  for name, rule in pairs(rules) do
    expect[name] = function(...)
      return rule(book, ...)
    end
  end
  return setmetatable(expect, { __index = no_rule, __metatable = false })
end

return { library = library }
