-- library.lua: gotrace.screen, for scripts that show a page while they run (docs/live.md).
local errors = require "gotrace.base.errors"
local grid = require "gotrace.screen.grid"
local output = require "gotrace.sandbox.output"

local SECOND = 1e9

local function refuse(message, ...)
  error("screen.page: " .. message:format(...), 4)
end

local function check(value, kind, what)
  if type(value) ~= kind then
    refuse("%s must be a %s, not %s", what, kind, type(value))
  end
end

local function check_columns(view)
  view.by = 1
  for i, column in ipairs(view.columns) do
    check(column.name, "string", "the name of a column")
    if not grid.is_kind(column.kind) then
      refuse("columns are of kind text, count, percent, rate, ns or bytes, " ..
        "not %s", tostring(column.kind))
    end
    view.by = column.name == view.sort and i or view.by
  end
end

local function checked_view(view)
  check(view, "table", "a view")
  check(view.name, "string", "the name of a view")
  check(view.columns, "table", "the columns of a view")
  check(view.rows, "function", "rows of a view")
  local own = { name = view.name, columns = view.columns, rows = view.rows,
    sort = view.sort, detail = view.detail }
  check_columns(own)
  return own
end

local function checked(spec)
  check(spec, "table", "what it shows")
  check(spec.update, "function", "update")
  check(spec.meters, "function", "meters")
  check(spec.views, "table", "views")
  local own = { title = tostring(spec.title), update = spec.update,
    meters = spec.meters, views = {}, total = spec.total,
    every = spec.every or SECOND, speed = spec.speed or 1 }
  for i, view in ipairs(spec.views) do
    own.views[i] = checked_view(view)
  end
  if #own.views == 0 then
    refuse "there are no views"
  end
  return own
end

-- Why there can be no page; nil: there can.
local function why_not(style)
  local term = os.getenv "TERM" or ""
  if style ~= "text" then
    return ("a page has no form %s"):format(style)
  elseif not output.is_terminal(1) then
    return "standard output is no terminal"
  elseif term == "" or term == "dumb" then
    return ('TERM is "%s"'):format(term)
  end
end

-- library(stage): { page = function(spec) }.
local function library(stage)
  local function page(spec)
    if stage.loaded then
      error("pages are made while the script loads, not later", 3)
    end
    stage.page = checked(spec)
    local why = not stage.context.silent and why_not(stage.context.style)
    if why then
      errors.usage("%s shows a page on a terminal, and %s: --once prints " ..
        "its table", stage.name, why)
    end
  end
  return { page = function(spec)
    page(spec)
  end }
end

return { library = library }
